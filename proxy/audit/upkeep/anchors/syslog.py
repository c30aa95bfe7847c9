"""A syslog collector as anchor: each note is one message (RFC 5424) over TLS (RFC 5425), to a place that only keeps.

``syslog:tls://<host>[:6514][#<file of certificates that its own must lead to>]``. Nothing is read back here: an auditor
takes the lines from the collector (``audit verify --anchor FILE``).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from proxy.runtime.clock import SystemClock

if TYPE_CHECKING:
    from proxy.audit.upkeep.anchors import NewNote

KIND = "syslog"
_PORT = 6514
_TIMEOUT_S = 10.0
_PRIORITY = 13 * 8 + 5  # facility "log audit", severity "notice"


@dataclass(frozen=True, slots=True)
class SyslogAnchor:
    """A collector elsewhere."""

    speaks: ClassVar[bool] = False
    host: str
    port: int = _PORT
    roots: str | None = None

    @property
    def where(self) -> str:
        """Its place, for people."""
        return f"syslog {self.host}:{self.port}"

    async def put(self, note: NewNote) -> bytes:
        """Send a note; the collector acknowledges nothing, so only that the connection took it is known.

        Raises:
            OSError: it could not be sent.

        """
        text = message(note.line, datetime.fromtimestamp(SystemClock().now(), UTC), socket.gethostname())
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                context = ssl.create_default_context(cafile=self.roots)
                _, writer = await asyncio.open_connection(self.host, self.port, ssl=context)
                try:
                    writer.write(b"%d " % len(text) + text)
                    await writer.drain()
                finally:
                    writer.close()
                    await writer.wait_closed()
        except TimeoutError as error:
            raise OSError("TimeoutError") from error
        return b""

    async def newest(self, _origin: str, /) -> str:
        """Return nothing: a collector is not read back."""
        return ""

    async def every(self, _origin: str, /) -> Sequence[str]:
        """Return nothing: a collector is not read back."""
        return ()


def message(line: str, at: datetime, host: str) -> bytes:
    """Return a message with a note's line, in UTF-8."""
    time = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"<{_PRIORITY}>1 {time} {host} compliance-proxy - audit-anchor - {line}".encode()


def opened(where: str) -> SyslogAnchor:
    """Return the collector at an address.

    Raises:
        ValueError: it is none.

    """
    address, _, roots = where.partition("#")
    parts = urlsplit(address)
    if parts.scheme != "tls" or not parts.hostname:
        raise ValueError("write syslog:tls://collector.example:6514")
    return SyslogAnchor(parts.hostname, parts.port or _PORT, roots or None)
