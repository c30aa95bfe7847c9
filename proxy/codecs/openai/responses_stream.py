"""The events of a streamed response. A text that comes in pieces is identified by its kind and place in the output."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple

from proxy.codecs.calls import Blocks, called, either, is_call
from proxy.codecs.openai.responses_tables import RESPONSES_REPLY
from proxy.codecs.reply import expect
from proxy.codecs.stream import NO_MEANING, Meaning, TextPiece, every_channel
from proxy.core.replies.position import OR, WORDS, Position

_PREFIX, _DELTA, _DONE = "response.", ".delta", ".done"
_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})
_JSON = frozenset({"function_call_arguments", "mcp_call_arguments"})
#: kind of text that a tool receives -> the type of a tool of the provider's, "" for one that its item names.
_TOOLS = {
    "function_call_arguments": "",
    "custom_tool_call_input": "",
    "mcp_call_arguments": "mcp",
    "code_interpreter_call_code": "code_interpreter",
    "shell_call_command": "shell",
    "apply_patch_call_operation_diff": "apply_patch",
}
_CALL = "_call"
#: kind of text -> the member of its events that tells several of one item apart.
_PARTED = {
    "output_text": "content_index",
    "refusal": "content_index",
    "reasoning_text": "content_index",
    "reasoning_summary_text": "summary_index",
    "shell_call_command": "command_index",
    "shell_call_output_content": "command_index",
}
#: Items and parts that may begin with a piece of a text: type -> kind of text, member.
_BEGUN = {
    "function_call": ("function_call_arguments", "arguments"),
    "mcp_call": ("mcp_call_arguments", "arguments"),
    "custom_tool_call": ("custom_tool_call_input", "input"),
    "code_interpreter_call": ("code_interpreter_call_code", "code"),
    "output_text": ("output_text", "text"),
    "refusal": ("refusal", "refusal"),
    "reasoning_text": ("reasoning_text", "text"),
    "summary_text": ("reasoning_summary_text", "text"),
}


class _Channel(NamedTuple):
    """One text: its kind, its item's place, the part of that, and for outputs of commands the member."""

    kind: str
    output: Any
    part: Any = None
    member: str = ""
    item: str | None = None  # the item's id; None if it is not a word of the dialect


class ResponsesShape:
    """Implements ``Shape``."""

    table = RESPONSES_REPLY
    number = "sequence_number"

    def __init__(self) -> None:
        self._blocks = Blocks()  # by the place of their item
        self._items: dict[Any, Any] = {}  # the id of the item at a place
        self._ids = set[str]()
        #: By the place of their item, and the kind and part of each.
        self._open: dict[Any, dict[tuple[str, Any], dict[_Channel, None]]] = {}

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        kind = event.get("type")
        if kind == "error" or (kind is None and event.get("error")):
            return Meaning(fails=True)
        kind = expect(kind, str, "not an event of a response")
        if kind in _ENDS:
            return Meaning(closes=every_channel, ends=True)
        base = kind.removeprefix(_PREFIX)
        if base.endswith(_DELTA):
            kind = base.removesuffix(_DELTA)
            pieces, tool = self._pieces(kind, event), self._tool(kind, event)
            return Meaning(pieces, droppable=all(_is_named(piece, event) for piece in pieces), tool=tool)
        if base == "shell_call_command.added":
            return Meaning(self._piece("shell_call_command", event, event, "command"))
        if base in {"output_item.added", "content_part.added", "reasoning_summary_part.added"}:
            return Meaning(self._first_piece(event))
        return self._done(base.removesuffix(_DONE), event) if base.endswith(_DONE) else NO_MEANING

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        assert isinstance(channel, _Channel)  # noqa: S101 - made above
        name = f"{_PREFIX}{channel.kind}{_DELTA}"
        event: dict[str, Any] = {"type": name, "output_index": channel.output}
        if channel.item is not None:
            event["item_id"] = channel.item
        if channel.kind in _PARTED:
            event[_PARTED[channel.kind]] = channel.part
        if channel.kind == "output_text":
            event["logprobs"] = []
        return name, event | {"delta": {channel.member: text} if channel.member else text}

    def _tool(self, kind: str, event: dict[str, Any]) -> str | None:
        """Return the tool that receives what an event of this kind says, None if it is of no call."""
        called, output = kind in _TOOLS or (_CALL in kind and kind not in _PARTED), event.get("output_index")
        tool, listed = self._blocks.tool(output), _TOOLS.get(kind, "")
        tool = (listed if called else None) if tool is None else either(tool, listed)
        item, item_of_output = event.get("item_id"), self._items.get(output)
        other = tool and isinstance(item, str) and isinstance(item_of_output, str) and item != item_of_output
        return "" if other else tool  # clients find an item by its place, or by its id

    def _position(self, kind: str, event: dict[str, Any]) -> Position:
        tool = self._tool(kind, event)
        if tool is None:
            return WORDS
        return self._blocks.received(event.get("output_index"), document=kind in _JSON)._replace(tool=tool)

    def _piece(
        self, kind: str, event: dict[str, Any], holder: dict[str, Any], key: str, item: Any = None
    ) -> tuple[TextPiece, ...]:
        channel = self._channel(kind, event, item)
        return (TextPiece(channel, holder, key, self._position(kind, event)),)

    def _pieces(self, kind: str, event: dict[str, Any]) -> tuple[TextPiece, ...]:
        delta = event.get("delta")
        if delta is None:
            return ()
        if isinstance(delta, dict):
            return tuple(
                TextPiece(self._channel(kind, event, member=key), delta, key, self._position(kind, event))
                for key, text in delta.items()
                if isinstance(text, str)
            )
        return self._piece(kind, event, event, "delta")

    def _first_piece(self, event: dict[str, Any]) -> tuple[TextPiece, ...]:
        """Return the piece with which an item or part begins, if any."""
        holder = event.get("item", event.get("part"))
        if not isinstance(holder, dict):
            return ()
        kind, key = _BEGUN.get(str(holder.get("type")), ("", ""))
        output, name = event.get("output_index"), _named(holder) if is_call(holder) else None
        if isinstance(event.get("item"), dict):
            self._blocks.start(output, name)
            identity = str(holder.get("id"))
            self._blocks.mixed = self._blocks.mixed or identity in self._ids
            self._ids.add(identity)
            self._items.setdefault(output, holder.get("id"))
        elif name is not None:
            self._blocks.name(output, name)
        if not holder.get(key):
            return ()
        return self._piece(kind, event, holder, key, holder.get("id"))

    def _done(self, kind: str, event: dict[str, Any]) -> Meaning:
        """Read the end of a text, which may repeat all of what a tool receives; an item names its own."""
        item, output = event.get("item"), event.get("output_index")
        tool = None if isinstance(item, dict) else self._tool(kind, event)
        name = _named(item) if isinstance(item, dict) and is_call(item) else event.get("name") if tool else None
        block = self._blocks.tool(output)
        if name and block and not {*str(name).split(OR)} <= {*block.split(OR)}:
            raise ValueError("a call got another name after it had begun")
        if kind == "output_item":
            self._blocks.stop(output)
        return Meaning(closes=self._closes(kind, event), tool=tool)

    def _channel(self, kind: str, event: dict[str, Any], item: Any = None, member: str = "") -> _Channel:
        channel = _channel(kind, event, item, member)
        self._open.setdefault(channel.output, {}).setdefault((kind, channel.part), {})[channel] = None
        return channel

    def _closes(self, base: str, event: dict[str, Any]) -> list[Hashable]:
        """Return the channels that an event ends: those of an item, of a part, or one text."""
        output = event.get("output_index")
        if base == "output_item":
            return [channel for open_parts in self._open.pop(output, {}).values() for channel in open_parts]
        member = {"content_part": "content_index", "reasoning_summary_part": "summary_index"}.get(base)
        kinds, part = [kind for kind, index_member in _PARTED.items() if index_member == member], event.get(str(member))
        if member is None:
            ended = _channel(base, event)
            kinds, part = [ended.kind], ended.part
        open_parts = self._open.get(output, {})
        return [channel for kind in kinds for channel in open_parts.pop((kind, part), ())]


def _channel(kind: str, event: dict[str, Any], item: Any = None, member: str = "") -> _Channel:
    """Return the channel of a text of an event.

    Raises:
        ValueError: its place is not a number.

    """
    output, part = event.get("output_index"), event.get(_PARTED[kind]) if kind in _PARTED else None
    if not all(number is None or isinstance(number, int) for number in (output, part)):
        raise ValueError("not a place in a response")
    named = event.get("item_id", item)
    is_listed = isinstance(named, str) and RESPONSES_REPLY.is_structural("id", named)
    return _Channel(kind, output, part, member, named if is_listed else None)


def _named(call: dict[str, Any]) -> str:
    """Return the tool of an item or part that calls one."""
    return _TOOLS.get(_BEGUN.get(str(call.get("type")), ("", ""))[0], "") or called(call)


def _is_named(piece: TextPiece, event: dict[str, Any]) -> bool:
    """Whether an inserted event can carry everything this one holds besides its text."""
    return isinstance(piece.channel, _Channel) and piece.channel.item == event.get("item_id")
