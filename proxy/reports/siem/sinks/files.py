"""A file that a collector's agent reads: one line for each record, appended and on disk before it counts as sent.

The file is opened for each hand-over, so it may be rotated away at any time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from proxy.reports.siem import formats
from proxy.reports.siem.address import StreamAddress
from proxy.reports.siem.entry import StreamEntry
from proxy.reports.siem.formats import EntryFormat
from proxy.reports.siem.sinks import RefusedEntries, SinkError
from proxy.runtime import private

SCHEMES = ("file",)


@dataclass(frozen=True)
class FileSink:
    """A file of lines."""

    path: Path
    format: EntryFormat

    async def send(self, entries: Sequence[StreamEntry]) -> Sequence[RefusedEntries]:
        """Append records.

        Raises:
            SinkError: the file cannot be written.

        """
        try:
            await asyncio.to_thread(self._append, entries)
        except OSError as error:
            raise SinkError(f"the file cannot be written ({type(error).__name__})") from error
        return ()

    def _append(self, entries: Sequence[StreamEntry]) -> None:
        with private.opened(self.path, "ab") as out:
            if _is_torn(self.path):  # a process died while it wrote; its record comes again
                out.write(b"\n")
            out.writelines(self.format.line(entry) + b"\n" for entry in entries)
            out.flush()
            os.fsync(out.fileno())


def _is_torn(path: Path) -> bool:
    with path.open("rb") as written:
        end = written.seek(0, os.SEEK_END)
        if not end:
            return False
        written.seek(end - 1)
        return written.read(1) != b"\n"


def opened(address: StreamAddress) -> FileSink:
    """Return the file at an address."""
    return FileSink(Path(unquote(urlsplit(address.url).path)), formats.chosen(address.format, address.enterprise))
