"""Decompresses bodies within limits of size and ratio: nothing beyond them is ever produced."""

from __future__ import annotations

import zlib

from proxy.errors import MalformedRequestError, PayloadTooLargeError, UnsupportedEncodingError

#: The highest ratio of output to input for text: JSON reaches 5 to 30, deflate at most 1,032.
RATIO = 200
#: Output that is allowed at any ratio.
ALWAYS = 1 << 20
_STEP = 256 << 10
_WINDOW = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_METHOD = 0x0F
_DEFLATE = 8
IDENTITY = frozenset({"", "identity"})


class Inflater:
    """Takes a body in pieces; one encoding, ``gzip`` or ``deflate``.

    Raises:
        UnsupportedEncodingError: any other encoding, or several.

    """

    def __init__(self, encoding: str, limit: int) -> None:
        self._encoding = encoding.strip().lower()
        if self._encoding not in _WINDOW:
            raise UnsupportedEncodingError
        self._limit = limit
        self._stream = zlib.decompressobj(_WINDOW[self._encoding])
        self._consumed = 0
        self.parts: list[bytes] = []
        self.size = 0

    def feed(self, data: bytes) -> None:
        """Inflate a piece.

        Raises:
            PayloadTooLargeError: the output exceeds the limit, or the ratio of text.
            MalformedRequestError: the data is not in its declared encoding.

        """
        if not self._consumed and data and self._encoding == "deflate" and data[0] & _METHOD != _DEFLATE:
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)  # without the zlib header, as some clients send it
        self._consumed += len(data)
        while data:
            data = self._step(data)

    def _step(self, data: bytes) -> bytes:
        if self._stream.eof:
            raise MalformedRequestError("the compressed body continues after its end")
        room = min(self._limit, max(ALWAYS, RATIO * self._consumed)) - self.size
        try:
            part = self._stream.decompress(data, min(_STEP, room + 1))
        except zlib.error as error:
            raise MalformedRequestError("the compressed body could not be read") from error
        if len(part) > room:
            raise PayloadTooLargeError("the decompressed body is larger than the configured limit")
        self.parts.append(part)
        self.size += len(part)
        return self._stream.unconsumed_tail or self._stream.unused_data

    def end(self) -> bytes:
        """Return the whole body.

        Raises:
            MalformedRequestError: it is truncated.

        """
        if self._consumed and not self._stream.eof:
            raise MalformedRequestError("the compressed body is truncated")
        return b"".join(self.parts)
