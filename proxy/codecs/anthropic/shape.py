"""The events of a streamed message. A channel is a content block's index and the kind of its deltas."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from proxy.codecs.anthropic import tables
from proxy.codecs.calls import Blocks, called, is_call
from proxy.codecs.reply import expect
from proxy.codecs.stream import NO_MEANING, Meaning, Shape, TextPiece, every_channel
from proxy.core.replies.position import WORDS

#: Kind of delta -> the member that grows. Signed and sealed members grow too, and pass unchanged.
_GROWING = {"text_delta": "text", "input_json_delta": "partial_json"}
#: Kinds of delta and of block whose sealed members come in pieces, each member on its own.
_SEALED = frozenset({"thinking_delta", "signature_delta", "compaction_delta", "thinking", "compaction"})
_DELTA = "content_block_delta"
_EVENT_MEMBERS = 3  # type, index, delta
_DELTA_MEMBERS = 2  # type and what grows


class AnthropicShape(Shape):
    """Implements ``Shape``."""

    table = tables.EVENT

    def __init__(self) -> None:
        self._blocks = Blocks()

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        kind = expect(event.get("type"), str, "not an event of a streamed message")
        if kind == _DELTA:
            return self._delta(event)
        if kind == "content_block_start":
            return self._start(event)
        if kind == "content_block_stop":
            index = _index(event)
            self._blocks.stop(index)
            return Meaning(closes=[*((index, growing) for growing in _GROWING), _seal(index)])
        if kind in {"message_delta", "message_stop"}:
            return Meaning(closes=every_channel, ends=kind == "message_stop")
        return Meaning(fails=True) if kind == "error" else NO_MEANING

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        index, kind = channel if isinstance(channel, tuple) else (0, "text_delta")
        return _DELTA, {"type": _DELTA, "index": index, "delta": {"type": kind, _GROWING[kind]: text}}

    def _delta(self, event: Mapping[str, Any]) -> Meaning:
        delta, index = expect(event.get("delta"), dict, "not a delta of a streamed message"), _index(event)
        kind = delta.get("type")
        member = _GROWING.get(kind) if isinstance(kind, str) else None
        json = member == "partial_json"
        tool = self._blocks.tool(index)
        tool = "" if json and tool is None else tool
        if member is None or member not in delta:
            return Meaning(seals=_seal(index) if kind in _SEALED else None, tool=tool)
        position = WORDS if tool is None else self._blocks.received(index, document=json)
        piece = TextPiece((index, kind), delta, member, position)
        return Meaning((piece,), droppable=len(delta) == _DELTA_MEMBERS and len(event) == _EVENT_MEMBERS, tool=tool)

    def _start(self, event: Mapping[str, Any]) -> Meaning:
        """Read the beginning of a block: the first words of a text if there are any, or the name of a tool."""
        block, index = event.get("content_block"), _index(event)
        if not isinstance(block, dict):
            return NO_MEANING
        kind, tool = block.get("type"), None
        if is_call(block):
            tool = str(block.get("server_name")) if kind == "mcp_tool_use" else called(block)
        self._blocks.start(index, tool)
        if kind == "text" and isinstance(block.get("text"), str):
            return Meaning((TextPiece((index, "text_delta"), block, "text"),))
        return Meaning(seals=_seal(index)) if kind in _SEALED else NO_MEANING


def _seal(index: int) -> tuple[int, str]:
    """Return the channel of sealed content in a block."""
    return (index, "sealed")


def _index(event: Mapping[str, Any]) -> int:
    return expect(event.get("index"), int, "an event of a block without its index")
