"""Streams of messages: server-sent events that hold one JSON-RPC message each, the last of them the response. Pure.

Names and ids of events and retry times are not passed on: they are not read, and a stream resumed elsewhere would be
another one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from proxy.codecs.framing import Frame, FrameEncoder, FrameParser, sse
from proxy.codecs.framing.sse import Sse, encode_frame
from proxy.codecs.mcp import tables
from proxy.codecs.reply import expect
from proxy.codecs.stream import NO_MEANING, Meaning, Shape

_EVENT = "message"
_KEEP_ALIVE = Frame(raw=sse.comment())


def as_it_is(data: bytes) -> bytes:
    """Return a message unchanged."""
    return data


@dataclass(frozen=True, slots=True)
class Messages:
    """Implements ``Framing``; ``change`` is applied to every message first.

    ``endless``: it answers nothing, so it begins before any message and may end anywhere.
    """

    change: Callable[[bytes], bytes] = as_it_is
    endless: bool = False
    media: tuple[str, ...] = ("text/event-stream",)

    @property
    def ends_with_body(self) -> bool:
        return self.endless

    def parser(self) -> FrameParser:
        return _Parser(Sse().parser(), self.change, [_KEEP_ALIVE] if self.endless else [])

    def encoder(self) -> FrameEncoder:
        return encode_frame


@dataclass(slots=True)
class _Parser:
    events: FrameParser
    change: Callable[[bytes], bytes]
    opening: list[Frame]

    def feed(self, chunk: bytes) -> list[Frame]:
        before, self.opening = self.opening, []
        return before + [self._plain(frame) for frame in self.events.feed(chunk)]

    def finish(self) -> list[Frame]:
        return [self._plain(frame) for frame in self.events.finish()]

    def _plain(self, frame: Frame) -> Frame:
        if frame.fails:
            return frame
        return Frame(self.change(frame.data), name=_EVENT) if frame.data and frame.data.strip() else _KEEP_ALIVE


class McpShape(Shape):
    """Implements ``Shape``: no text of a message comes in pieces."""

    table = tables.REPLY

    def read(self, _name: str, event: Mapping[str, Any]) -> Meaning:
        if event.get("jsonrpc") != "2.0":
            raise ValueError("not a message of JSON-RPC")
        if isinstance(event.get("method"), str):
            return NO_MEANING
        expect(event.get("result", event.get("error")), dict, "neither a request nor a response")
        return Meaning(ends=True)

    def tail(self, _channel: Hashable, _text: str) -> tuple[str, dict[str, Any]]:
        """Nothing is held back, so nothing is added."""
        raise AssertionError
