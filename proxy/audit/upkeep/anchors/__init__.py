"""Anchors: places outside the database that keep how far the log had come. One module for each kind, found by itself.

A setting names an anchor as ``<kind>:<where>``. A module of this package says its ``KIND`` and has ``opened(where)``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar, Protocol

from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class NewNote:
    """A signed note, its one line, and the consistency proof from an older size of the log when it is wanted."""

    size: int
    signed: str
    line: str
    growth: Callable[[int], Awaitable[Sequence[bytes]]]


class Anchor(Protocol):
    """Keeps notes; each call raises ``OSError`` where it fails. ``speaks``: whether it gives a word to be stored."""

    speaks: ClassVar[bool]

    @property
    def where(self) -> str:
        """Its place, for people and metrics: no secret."""

    async def put(self, note: NewNote) -> bytes:
        """Keep a note, unless one of this size or larger is kept; return its word to be stored beside it, if any."""

    async def newest(self, origin: str, /) -> str:
        """Return the newest line about the log of seals of an origin, "" where there is none or nothing to read."""

    async def every(self, origin: str, /) -> Sequence[str]:
        """Return every line that can be read back."""


@cache
def kinds() -> Mapping[str, Callable[[str], Anchor]]:
    """Return what opens an anchor, by kind."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return {module.KIND: module.opened for module in modules}


def opened(setting: str | None, state_dir: Path) -> tuple[Anchor, ...]:
    """Return the anchors that a setting names, separated by commas; unset, a file in the state folder.

    Raises:
        ConfigurationError: a kind is not known, or no place is named.

    """
    if setting is None:
        return (FileAnchor(state_dir / "audit.anchor"),)
    return tuple(_anchor(word.strip()) for word in setting.split(",") if word.strip() not in {"", "none"})


def _anchor(text: str) -> Anchor:
    kind, _, where = text.partition(":")
    if kind not in kinds() or not where:
        forms = ", ".join(f"{kind}:..." for kind in kinds())
        raise ConfigurationError(f"PROXY_AUDIT_ANCHOR: {kind}: is not an anchor with a place; write {forms}, or none")
    try:
        return kinds()[kind](where)
    except ValueError as error:
        raise ConfigurationError(f"PROXY_AUDIT_ANCHOR: {kind}: {error}") from error
