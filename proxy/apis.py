"""From the settings to the APIs that this installation declares: which file; at start, on reload, in commands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from proxy.catalog import declared
from proxy.catalog.declared import NOTHING, Declared
from proxy.settings import Settings

NAME = "apis.yaml"


class Events(Protocol):
    """Records what is no exchange."""

    def event(self, name: str, facts: Mapping[str, object]) -> bool:
        """Queue an event record; return whether it was taken."""
        ...


def path(settings: Settings) -> Path | None:
    """Return where declarations lie: the configured file, else one beside the registry's, None where there is none."""
    beside = settings.config_dir / NAME
    return settings.apis_file or (beside if beside.exists() else None)


def read(settings: Settings) -> Declared:
    """Return the declared APIs. Blocks.

    Raises:
        ConfigurationError: the file is missing or wrong.

    """
    where = path(settings)
    return declared.read(where) if where is not None else NOTHING


def say(found: Declared, events: Events) -> None:
    """Record which declared APIs a process serves from now on."""
    if found.names:
        events.event("apis_declared", {"revision": found.revision, "names": sorted(found.names)})
