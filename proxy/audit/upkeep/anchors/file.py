"""A file as anchor: append-only, durable when ``add`` returns; shared by the processes of a machine."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from proxy.audit.upkeep.anchors import NewNote

KIND = "file"
_TAIL_BYTES = 4096
_FIELDS = 4  # origin, size, root, signature


@dataclass(frozen=True, slots=True)
class FileAnchor:
    """Lines in a file that belongs on a volume the database's administrators cannot change."""

    speaks: ClassVar[bool] = False
    path: Path

    @property
    def where(self) -> str:
        """Its place, for people."""
        return str(self.path)

    async def put(self, note: NewNote) -> bytes:
        """Keep a note."""
        await asyncio.to_thread(self.add, note.line, note.size)
        return b""

    async def newest(self, _origin: str, /) -> str:
        """Return the newest line about the log of seals."""
        return await asyncio.to_thread(self.last)

    async def every(self, _origin: str, /) -> Sequence[str]:
        """Return every line."""
        return await asyncio.to_thread(self.lines)

    def add(self, line: str, size: int) -> None:
        """Keep a line, unless a line for ``size`` seals or more is kept already.

        Raises:
            OSError: it could not be kept.

        """
        is_new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            end = os.fstat(handle).st_size
            tail = _tail(handle, end)
            if size <= _size(_newest(tail)):
                return
            start = "" if not tail or tail.endswith("\n") else "\n"  # a line that was cut off by a full disk
            _write(handle, f"{start}{line}\n".encode(), end)
            os.fsync(handle)
        finally:
            os.close(handle)
        if is_new:
            _sync_folder(self.path.parent)

    def last(self) -> str:
        """Return the newest line about the log of seals, "" when there is none.

        Raises:
            OSError: the file is there and cannot be read.

        """
        try:
            with self.path.open("rb") as kept:
                return _newest(_tail(kept.fileno(), os.fstat(kept.fileno()).st_size))
        except FileNotFoundError:
            return ""

    def lines(self) -> Sequence[str]:
        """Return every line, none when there is no file.

        Raises:
            OSError: the file is there and cannot be read.

        """
        try:
            return [line for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines() if line]
        except FileNotFoundError:
            return []


def opened(where: str) -> FileAnchor:
    """Return the anchor at a path."""
    return FileAnchor(Path(where))


def _tail(handle: int, end: int) -> str:
    return os.pread(handle, _TAIL_BYTES, max(0, end - _TAIL_BYTES)).decode(errors="replace")


def _newest(tail: str) -> str:
    whole = [line for line in tail.splitlines() if len(line.split(" ")) == _FIELDS]
    return whole[-1] if whole else ""


def _size(line: str) -> int:
    size = line.split(" ")[1] if line else "0"
    return int(size) if size.isdigit() else 0


def _write(handle: int, line: bytes, end: int) -> None:
    """Write a whole line or nothing."""
    if os.write(handle, line) != len(line):
        os.ftruncate(handle, end)
        raise OSError("the anchor's disk is full")


def _sync_folder(folder: Path) -> None:
    """Make a new file's name durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
