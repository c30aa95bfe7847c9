"""From the settings to the APIs that this installation declares: which file; at start, on reload, in commands.

A process that only reads the catalog loads the codecs where something is declared, and only then.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from proxy.catalog import documents
from proxy.ports import EventLog
from proxy.settings import Settings

if TYPE_CHECKING:
    from proxy.catalog.declared import DeclaredApis

NAME = "apis.yaml"


def path(settings: Settings) -> Path | None:
    """Return where declarations lie: the configured file, else one beside the registry's, None where there is none."""
    beside = settings.config_dir / NAME
    return settings.apis_file or (beside if beside.exists() else None)


def names(settings: Settings) -> frozenset[str]:
    """Return the names of the declared APIs. Blocks.

    Raises:
        ConfigurationError: the file is missing or wrong.

    """
    where = path(settings)
    if where is None or documents.plain(where) == {"apis": {}}:
        return frozenset()
    return read(settings).names


def read(settings: Settings) -> DeclaredApis:
    """Return the declared APIs. Blocks.

    Raises:
        ConfigurationError: the file is missing or wrong.

    """
    from proxy.catalog import declared  # noqa: PLC0415 - see above

    where = path(settings)
    return declared.read(where) if where is not None else declared.NOTHING


def say(found: DeclaredApis, events: EventLog) -> None:
    """Record which declared APIs a process serves from now on."""
    if found.names:
        events.event("apis_declared", {"revision": found.revision, "names": sorted(found.names)})
