"""Anchors: places outside the database that keep how far the log had come. One module for each kind.

A setting names an anchor as ``<kind>:<where>``; only ``file`` exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.errors import ConfigurationError


class Anchor(Protocol):
    """Keeps lines in order and gives them back; each call blocks, and raises ``OSError`` where it fails."""

    @property
    def where(self) -> str:
        """Its place, for people."""

    def add(self, line: str, size: int) -> None:
        """Keep a line, unless a line for ``size`` seals or more is kept already."""

    def last(self) -> str:
        """Return the newest line about the log of seals, "" when there is none."""

    def lines(self) -> Sequence[str]:
        """Return every line."""


def opened(setting: str | None, state_dir: Path) -> tuple[Anchor, ...]:
    """Return the anchors that a setting names, separated by commas; unset, a file in the state folder.

    Raises:
        ConfigurationError: a kind is not known, or no place is named.

    """
    if setting is None:
        return (FileAnchor(state_dir / "audit.anchor"),)
    return tuple(_anchor(one.strip()) for one in setting.split(",") if one.strip() not in {"", "none"})


def _anchor(text: str) -> Anchor:
    kind, _, where = text.partition(":")
    if kind != "file" or not where:
        raise ConfigurationError(f"PROXY_AUDIT_ANCHOR: {text} is no anchor; write file:/path, or none")
    return FileAnchor(Path(where))
