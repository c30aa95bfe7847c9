"""A syslog collector over TLS (RFC 5425) or TCP (RFC 6587, octet counting).

The protocol acknowledges nothing, and a connection that breaks may have swallowed what the kernel took. So each
hand-over has a connection of its own and ends by closing it: over TLS a collector answers the close (RFC 5425, 4.4)
once it has read what came before, and only then has it the records. Over TCP the end of its side has to do.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from proxy.reports.siem import formats
from proxy.reports.siem.address import StreamAddress
from proxy.reports.siem.entry import StreamEntry
from proxy.reports.siem.formats import EntryFormat, syslog
from proxy.reports.siem.sinks import RefusedEntries, SinkError, tls_context

SCHEMES = ("syslog+tls", "syslog+tcp")
_PORTS = {"syslog+tls": 6514, "syslog+tcp": 601}
_TIMEOUT_S = 10.0
_PART = 65536


@dataclass(frozen=True)
class SyslogSink:
    """A collector; without a ``context`` in the clear."""

    host: str
    port: int
    format: EntryFormat
    context: ssl.SSLContext | None = None

    async def send(self, entries: Sequence[StreamEntry]) -> Sequence[RefusedEntries]:
        """Send each record as a message.

        Raises:
            SinkError: the connection was refused, or broke, or was not closed by the other side in time.

        """
        frames = await asyncio.to_thread(lambda: b"".join(map(self._frame, entries)))
        try:
            await asyncio.to_thread(self._write, frames)  # asyncio cannot wait for the answer to a close
        except OSError as error:
            raise SinkError(f"it cannot be reached, or did not confirm ({type(error).__name__})") from error
        return ()

    def _frame(self, entry: StreamEntry) -> bytes:
        line = self.format.line(entry)
        message = line if self.format.name == "syslog" else syslog.enveloped(entry, line)
        return b"%d %s" % (len(message), message)

    def _write(self, frames: bytes) -> None:
        with socket.create_connection((self.host, self.port), timeout=_TIMEOUT_S) as plain:
            if self.context is None:
                plain.sendall(frames)
                plain.shutdown(socket.SHUT_WR)
                while plain.recv(_PART):
                    pass
                return
            with self.context.wrap_socket(plain, server_hostname=self.host) as secure:
                secure.sendall(frames)
                secure.unwrap().close()  # waits for the collector's own close


def opened(address: StreamAddress) -> SyslogSink:
    """Return the collector at an address."""
    parts = urlsplit(address.url)
    secure = tls_context(address) if address.scheme == "syslog+tls" else None
    port = parts.port or _PORTS[address.scheme]
    return SyslogSink(parts.hostname or "", port, formats.chosen(address.format, address.enterprise), secure)
