"""The events of InvokeModelWithResponseStream: the first one shows whose they are.

Claude's are Anthropic's, Nova's those of ConverseStream under their names. In those of other models every text grows
by its place, so that a value is read whole wherever a model splits it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from proxy.codecs import pointer, reply
from proxy.codecs.anthropic.shape import AnthropicShape
from proxy.codecs.bedrock import families, shape
from proxy.codecs.calls import Calls, is_call_key
from proxy.codecs.stream import Meaning, Shape, TextPiece, every_channel
from proxy.core.replies.position import Position

_CHUNK = "chunk"
#: What a called tool receives.
_ARGUMENTS = frozenset({"arguments", "input", "parameters"})
_CLAUDES = re.compile(r"ping|error|(?:message|content_block)_[a-z]+").fullmatch
#: The way to a text: keys, and the numbers of elements as they give them.
_Way = tuple[str | int, ...]


class InvokeShape(Shape):
    """Implements ``Shape``."""

    table = families.EVENT

    def __init__(self) -> None:
        self._shape: Shape | None = None

    def read(self, name: str, event: dict[str, Any]) -> Meaning:
        if name != _CHUNK:
            raise ValueError("not an event of a streamed reply")
        self._shape = self._shape or _shape_of(event)
        return self._shape.read(name, event)

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        event = self._shape.tail(channel, text)[1] if self._shape is not None else {}
        return _CHUNK, event


def _shape_of(event: Mapping[str, Any]) -> Shape:
    kind = event.get("type")
    if kind is None:
        return _Named() if shape.EVENTS & event.keys() else _Growing()
    if not isinstance(kind, str) or not _CLAUDES(kind):
        raise ValueError("not an event of a known model")
    return AnthropicShape()


class _Named(Shape):
    """Events of ConverseStream, each the one member of an object."""

    table = families.EVENT

    def __init__(self) -> None:
        self._shape = shape.ConverseShape()

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        names = shape.EVENTS & event.keys()
        if len(names) != 1:
            raise ValueError("not an event of a streamed message")
        [name] = names
        meaning = self._shape.read(name, event[name])
        return meaning._replace(droppable=meaning.droppable and len(event) == 1)

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        name, event = self._shape.tail(channel, text)
        return name, {name: event}


class _Growing(Shape):
    """Unknown events, in which texts at one place are one text."""

    table = families.EVENT

    def __init__(self) -> None:
        self._calls = Calls()  # by the way to the object that names their tool

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        if event.get("error"):
            return Meaning(fails=True)
        last = families.METRICS in event
        return Meaning(tuple(self._pieces(event, ())), closes=every_channel if last else (), ends=last)

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        return _CHUNK, _nest(channel if isinstance(channel, tuple) else ("text",), text)

    def _position(self, way: _Way, key: str) -> Position:
        steps = (*way, key)
        depth = next((at for at, step in enumerate(steps) if step in _ARGUMENTS or is_call_key(step)), None)
        if depth is None:
            return reply.position(key, self.table)
        least = depth if steps[depth] in _ARGUMENTS else depth + 1
        end = next((at for at, step in enumerate(steps) if step in _ARGUMENTS), len(way))  # of what may name the tool
        named = next((way[:at] for at in range(end, least - 1, -1) if self._calls.tool(way[:at])), None)
        return self._calls.received(named, document=key in self.table.documents)

    def _pieces(self, node: Any, way: _Way) -> Iterator[TextPiece]:
        if len(way) > pointer.DEPTH_LIMIT:
            raise ValueError("nested too deep")
        if not isinstance(node, dict):
            return
        name = node.get("name")
        if isinstance(name, str) and name:
            self._calls.name(way, name)
        for key, value in node.items():
            if isinstance(value, str) and key != "name" and not self.table.is_structural(key, value):
                yield TextPiece((*way, key), node, key, self._position(way, key))
            elif key not in families.SPELLED:
                listed = isinstance(value, list)
                for number, element in enumerate(value if listed else [value]):
                    index = (_number(element, number),) if listed else ()
                    yield from self._pieces(element, (*way, key, *index))


def _number(element: Any, index: int) -> int:
    """Return the number that an element of a list gives itself, else its place."""
    stated = element.get("index") if isinstance(element, dict) else None
    return stated if isinstance(stated, int) and not isinstance(stated, bool) else index


def _nest(way: _Way, text: str) -> dict[str, Any]:
    """Return a document that holds a text at a place."""
    key, rest = str(way[0]), way[1:]
    if not rest:
        return {key: text}
    if isinstance(rest[0], int):
        return {key: [{"index": rest[0], **_nest(rest[1:], text)}]}
    return {key: _nest(rest, text)}
