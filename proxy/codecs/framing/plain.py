"""Unframed text: the body is the text, in UTF-8, and ends with it.

Each chunk is a frame, cut so that no character is split: the frames depend on the chunks, the text they form does not.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from proxy.codecs.framing import Frame, FrameEncoder, FrameParser

_NO_TEXT = "the stream is not text in UTF-8"


@dataclass(frozen=True, slots=True)
class PlainText:
    """Raw text. Only the bytes of an incomplete character are buffered."""

    media: tuple[str, ...] = ("text/plain",)
    ends_with_body: bool = True

    def parser(self) -> FrameParser:
        return _Parser()

    def encoder(self) -> FrameEncoder:
        return encode


def encode(frame: Frame, data: bytes | None) -> bytes:
    """Write the text."""
    return frame.raw if data is None else data


class _Parser:
    __slots__ = ("_decoder",)

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def feed(self, chunk: bytes) -> list[Frame]:
        return self._frames(chunk, final=False)

    def finish(self) -> list[Frame]:
        return self._frames(b"", final=True)

    def _frames(self, chunk: bytes, *, final: bool) -> list[Frame]:
        try:
            text = self._decoder.decode(chunk, final).encode()
        except UnicodeDecodeError:
            raise ValueError(_NO_TEXT) from None
        return [Frame(text, text)] if text else []
