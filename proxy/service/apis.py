"""From the settings to the APIs that this installation declares: at start, on reload, in commands.

A process that only reads the catalog loads the codecs only if an API is declared.
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
    """Return the file of the declarations: the configured one, else the one beside the registry's, if it exists."""
    beside = settings.config_dir / NAME
    return settings.apis_file or (beside if beside.exists() else None)


def names(settings: Settings) -> frozenset[str]:
    """Return the names of the declared APIs. Blocks.

    Raises:
        ConfigurationError: the file is missing or invalid.

    """
    where = path(settings)
    if where is None or documents.plain(where) == {"apis": {}}:
        return frozenset()
    return read(settings).names


def read(settings: Settings) -> DeclaredApis:
    """Return the declared APIs. Blocks.

    Raises:
        ConfigurationError: the file is missing or invalid.

    """
    from proxy.catalog import declared  # noqa: PLC0415 - loads the codecs

    where = path(settings)
    return declared.read(where) if where is not None else declared.NOTHING


def record(declared: DeclaredApis, events: EventLog) -> None:
    """Record the declared APIs that a process serves from now on."""
    if declared.names:
        events.event("apis_declared", {"revision": declared.revision, "names": sorted(declared.names)})
