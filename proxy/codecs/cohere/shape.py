"""The events of a streamed chat: texts and thoughts, a plan, the arguments of calls, citations."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

from proxy.codecs.calls import Blocks, called
from proxy.codecs.cohere import tables
from proxy.codecs.reply import expect
from proxy.codecs.stream import NO_MEANING, Meaning, Shape, TextPiece, every_channel
from proxy.core.replies.position import WORDS


class _Growing(NamedTuple):
    """A growing text: the objects below ``delta`` that lead to it, and its member."""

    event: str
    way: tuple[str, ...]
    key: str


#: What grows, by the kind of the channel. A channel is (kind, index of its block).
_GROWING = {
    "text": _Growing("content-delta", ("message", "content"), "text"),
    "thinking": _Growing("content-delta", ("message", "content"), "thinking"),
    "tool_plan": _Growing("tool-plan-delta", ("message",), "tool_plan"),
    "arguments": _Growing("tool-call-delta", ("message", "tool_calls", "function"), "arguments"),
}
#: Event -> the kinds of text of which it may hold a piece.
_PIECES = {
    "content-start": ("text", "thinking"),
    "content-delta": ("text", "thinking"),
    "tool-plan-delta": ("tool_plan",),
    "tool-call-start": ("arguments",),
    "tool-call-delta": ("arguments",),
}
_CLOSING = {"content-end": ("text", "thinking"), "tool-call-end": ("arguments",)}
_END, _FAILED = "message-end", "ERROR"


class ChatShape(Shape):
    """Implements ``Shape``."""

    table = tables.EVENT

    def __init__(self) -> None:
        self._blocks = Blocks()  # of calls alone

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        kind = expect(event.get("type"), str, "not an event of a streamed chat")
        if kind == _END:
            delta = event.get("delta") or {}
            failed = bool(delta.get("error")) or delta.get("finish_reason") == _FAILED
            return Meaning(closes=every_channel, ends=True, fails=failed)
        if kind in _CLOSING:
            self._blocks.stop(_index(event) if kind == "tool-call-end" else None)
            return Meaning(closes=[(text_kind, _index(event)) for text_kind in _CLOSING[kind]])
        if kind == "error":
            return Meaning(fails=True)
        return self._pieces(kind, event) if kind in _PIECES else NO_MEANING

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        kind, index = channel if isinstance(channel, tuple) else ("text", 0)
        growing = _GROWING[kind]
        delta: dict[str, Any] = {growing.key: text}
        for name in reversed(growing.way):
            delta = {name: delta}
        numbered = {} if kind == "tool_plan" else {"index": index}
        return growing.event, {"type": growing.event, **numbered, "delta": delta}

    def _pieces(self, kind: str, event: Mapping[str, Any]) -> Meaning:
        index, pieces, tool = _index(event), [], None
        for text_kind in _PIECES[kind]:
            growing = _GROWING[text_kind]
            for holder in _holders(event.get("delta"), growing.way):
                if text_kind == "arguments":
                    take = self._blocks.start if kind == "tool-call-start" else self._blocks.name
                    take(index, called(holder))
                    tool = self._blocks.tool(index) or ""
                if isinstance(holder.get(growing.key), str):
                    position = WORDS if tool is None else self._blocks.received(index, document=True)
                    pieces.append(TextPiece((text_kind, index), holder, growing.key, position))
        return Meaning(tuple(pieces), droppable=kind.endswith("-delta") and bool(pieces) and not event.get("logprobs"))


def _holders(node: Any, way: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the object at the end of a way, in a list that is empty if there is none."""
    for name in way:
        node = node.get(name) if isinstance(node, dict) else None
    return [node] if isinstance(node, dict) else []


def _index(event: Mapping[str, Any]) -> int:
    return expect(event.get("index", 0), int, "an event of a block without its index")
