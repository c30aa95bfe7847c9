"""Standard output: one line for each record."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from proxy.reports.siem import formats
from proxy.reports.siem.address import StreamAddress
from proxy.reports.siem.entry import StreamEntry
from proxy.reports.siem.sinks import RefusedEntries, SinkError

SCHEMES = ("-",)


@dataclass(frozen=True)
class TerminalSink:
    """Writes lines to standard output."""

    line: Callable[[StreamEntry], bytes]

    async def send(self, entries: Sequence[StreamEntry]) -> Sequence[RefusedEntries]:
        """Print records.

        Raises:
            SinkError: its reader is gone.

        """
        try:
            await asyncio.to_thread(self._write, entries)
        except BrokenPipeError as error:
            raise SinkError("its reader is gone", final=True) from error
        return ()

    def _write(self, entries: Sequence[StreamEntry]) -> None:
        sys.stdout.buffer.write(b"".join(self.line(entry) + b"\n" for entry in entries))
        sys.stdout.buffer.flush()


def opened(address: StreamAddress) -> TerminalSink:
    """Return standard output."""
    return TerminalSink(formats.chosen(address.format, address.enterprise).line)
