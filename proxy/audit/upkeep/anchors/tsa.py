"""A time-stamping authority as anchor (RFC 3161): what it signs proves that a note existed by its time.

``tsa:<address>``, with ``#<file of its root certificates>`` to verify them by. The token is stored beside the note. An
authority keeps nothing, so a cut-off end is not noticed by it; that what it stamped was changed since, is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from proxy.audit.sealing.notes import stamped, time_of
from proxy.runtime import http

if TYPE_CHECKING:
    from proxy.audit.upkeep.anchors import NewNote

KIND = "tsa"
_OK = 200
_EXTRA = "pip install 'compliance-proxy[tsa]'"


@dataclass(frozen=True, slots=True)
class TimestampAnchor:
    """An authority elsewhere. ``roots`` are the certificates (PEM) that its own must lead to, where they are known."""

    speaks: ClassVar[bool] = True
    address: str
    roots: Path | None = None

    @property
    def where(self) -> str:
        """Its place, for people."""
        return f"tsa {self.address}"

    async def put(self, note: NewNote) -> bytes:
        """Have a note stamped; return the response with the token.

        Raises:
            OSError: the authority is away, refuses, or its token is not about this note.

        """
        text = stamped(note.signed)
        headers = {"content-type": "application/timestamp-query"}
        status, _, answer = await http.request("POST", self.address, _query(text), headers)
        if status != _OK:
            raise OSError(f"the authority answers {status}")
        roots = await asyncio.to_thread(self.roots.read_bytes) if self.roots is not None else b""
        try:
            time_of(answer, text, roots)
        except ValueError as error:
            raise OSError(str(error)) from error
        return answer

    async def newest(self, _origin: str, /) -> str:
        """Return nothing: an authority keeps nothing."""
        return ""

    async def every(self, _origin: str, /) -> Sequence[str]:
        """Return nothing: its tokens are stored beside the notes."""
        return ()


def opened(where: str) -> TimestampAnchor:
    """Return the authority at an address.

    Raises:
        ValueError: it is none, or the extra is not installed.

    """
    address, _, roots = where.partition("#")
    if not address.startswith(("https://", "http://")):
        raise ValueError("write tsa:https://tsa.example, with #/path/of/roots.pem to verify its tokens by")
    try:
        import rfc3161_client  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise ValueError(f"needs rfc3161-client: {_EXTRA}") from None
    return TimestampAnchor(address, Path(roots) if roots else None)


def _query(text: bytes) -> bytes:
    from rfc3161_client import TimestampRequestBuilder  # noqa: PLC0415 - an extra

    query = TimestampRequestBuilder().data(text).nonce(nonce=True).cert_request(cert_request=True).build()
    return bytes(query.as_bytes())
