"""Decompresses bodies within limits of size and ratio: nothing beyond them is ever produced."""

from __future__ import annotations

import sys
import zlib

from proxy.errors import MalformedRequestError, PayloadTooLargeError, UnsupportedEncodingError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: The highest ratio of output to input for text: JSON reaches 5 to 30, deflate at most 1,032.
RATIO = 200
#: Output that is allowed at any ratio.
ALWAYS = 1 << 20
_STEP = 256 << 10
_WINDOW = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_ZSTD = "zstd"
#: What a decoder has to hold of a frame, as a power of two: 8 MiB (RFC 9659).
_ZSTD_WINDOW = {int(zstd.DecompressionParameter.window_log_max): 23}
_METHOD = 0x0F
_DEFLATE = 8
IDENTITY = frozenset({"", "identity"})


class Inflater:
    """Takes a body in pieces; one encoding, ``gzip``, ``deflate`` or ``zstd``.

    Raises:
        UnsupportedEncodingError: any other encoding, or several.

    """

    def __init__(self, encoding: str, limit: int) -> None:
        self._encoding = encoding.strip().lower()
        if self._encoding not in {*_WINDOW, _ZSTD}:
            raise UnsupportedEncodingError
        self._limit = limit
        self._stream = (
            zstd.ZstdDecompressor(options=_ZSTD_WINDOW)
            if self._encoding == _ZSTD
            else zlib.decompressobj(_WINDOW[self._encoding])
        )
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
        more = bool(data)
        while more:
            data, more = self._step(data)

    def _step(self, data: bytes) -> tuple[bytes, bool]:
        """Inflate at most a step; return the input that is left, and whether there is more to inflate."""
        stream = self._stream
        if stream.eof:
            raise MalformedRequestError("the compressed body continues after its end")
        room = min(self._limit, max(ALWAYS, RATIO * self._consumed)) - self.size
        try:
            part = stream.decompress(data, min(_STEP, room + 1))
        except (zlib.error, zstd.ZstdError) as error:
            raise MalformedRequestError("the compressed body could not be read") from error
        if len(part) > room:
            raise PayloadTooLargeError("the decompressed body is larger than the configured limit")
        self.parts.append(part)
        self.size += len(part)
        if isinstance(stream, zstd.ZstdDecompressor):  # it holds the input that it has not read yet itself
            rest = stream.unused_data if stream.eof else b""
            return rest, bool(rest) or not (stream.eof or stream.needs_input)
        rest = stream.unconsumed_tail or stream.unused_data
        return rest, bool(rest)

    def end(self) -> bytes:
        """Return the whole body.

        Raises:
            MalformedRequestError: it is truncated.

        """
        if self._consumed and not self._stream.eof:
            raise MalformedRequestError("the compressed body is truncated")
        return b"".join(self.parts)
