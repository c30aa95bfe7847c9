"""A syslog collector over TLS (RFC 5425) or TCP (RFC 6587, octet counting).

The protocol acknowledges nothing, and a connection that breaks may have swallowed what the kernel took. So each
hand-over has a connection of its own and ends by closing it in order: a collector that answers the close has read what
came before it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from proxy.reports.siem import formats, trust
from proxy.reports.siem.address import StreamAddress
from proxy.reports.siem.entry import StreamEntry
from proxy.reports.siem.form import EntryFormat
from proxy.reports.siem.formats import syslog
from proxy.reports.siem.sinks import SinkError

SCHEMES = ("syslog+tls", "syslog+tcp")
_PORTS = {"syslog+tls": 6514, "syslog+tcp": 601}
_TIMEOUT_S = 15.0
_CLOSE_S = 5.0


@dataclass(frozen=True)
class SyslogSink:
    """A collector; without a ``context`` in the clear."""

    host: str
    port: int
    format: EntryFormat
    context: ssl.SSLContext | None = None

    async def send(self, entries: Sequence[StreamEntry]) -> None:
        """Send each record as a message.

        Raises:
            SinkError: the connection was refused, or broke.

        """
        frames = await asyncio.to_thread(lambda: b"".join(map(self._frame, entries)))
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                await self._write(frames)
        except (OSError, asyncio.IncompleteReadError) as error:  # TimeoutError is one
            raise SinkError(f"it cannot be reached ({type(error).__name__})") from error

    def _frame(self, entry: StreamEntry) -> bytes:
        line = self.format.line(entry)
        message = line if self.format.name == "syslog" else syslog.enveloped(entry, line)
        return b"%d %s" % (len(message), message)

    async def _write(self, frames: bytes) -> None:
        closing = None if self.context is None else _CLOSE_S
        reader, writer = await asyncio.open_connection(
            self.host, self.port, ssl=self.context, ssl_shutdown_timeout=closing
        )
        try:
            writer.write(frames)
            await writer.drain()
            if self.context is None:
                writer.write_eof()
                with contextlib.suppress(TimeoutError):  # one that keeps its side open has not refused
                    async with asyncio.timeout(_CLOSE_S):
                        await reader.read()
        finally:
            writer.close()
        with contextlib.suppress(TimeoutError):
            await writer.wait_closed()


def opened(address: StreamAddress) -> SyslogSink:
    """Return the collector at an address."""
    parts = urlsplit(address.url)
    secure = trust.context(address) if address.scheme == "syslog+tls" else None
    port = parts.port or _PORTS[address.scheme]
    return SyslogSink(parts.hostname or "", port, formats.known()[address.format], secure)
