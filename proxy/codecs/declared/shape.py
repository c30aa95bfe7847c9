"""The events of a stream whose growing texts are declared by their paths. Pure.

A text belongs to the path at which it grows and, below a list, to its element: the one named by the member ``by``, else
the one at that place in the list.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proxy.codecs import places
from proxy.codecs.calls import Calls, called, is_call, is_call_key
from proxy.codecs.places import Step
from proxy.codecs.reply import ReplyTable, position
from proxy.codecs.stream import Meaning, Shape, TextPiece, every_channel
from proxy.core.replies.position import Position

#: The most elements of a list in one event; a tail for an element repeats all places before it.
_MOST = 64
#: The key of what a called tool receives, where nothing else is declared.
_RECEIVED = "arguments"
#: The least number that is not a mark.
_LARGE = 10_000


@dataclass(frozen=True, slots=True)
class Growth:
    """How a stream grows and ends. Paths are those of ``proxy.codecs.places``, of one event."""

    grows: tuple[str, ...]
    by: str = ""  # the member of an event or list element that tells texts apart
    ends: str = ""  # the member that ends the stream; "" if the body's end does
    last: tuple[Any, ...] = ()  # its values that do; () for any that is true
    fails: tuple[str, ...] = ()  # members that report an error


class GrowingShape(Shape):
    """Implements ``Shape``."""

    def __init__(self, table: ReplyTable, growth: Growth) -> None:
        self.table = table
        self._growth = growth
        self._envelope: dict[str, Any] = {}
        self._calls = Calls()  # by the channel of what grows

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        if any(places.node_at(event, path) for path in self._growth.fails):
            return Meaning(fails=True)
        pieces = tuple(piece for path in self._growth.grows for piece in self._pieces(event, path))
        if self._is_last(event):
            return Meaning(pieces, every_channel, ends=True)
        if pieces:
            self._envelope = {key: value for key, value in event.items() if self._is_own(key, value)}
        return Meaning(pieces)

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        path, marks = channel if isinstance(channel, tuple) else (self._growth.grows[0], ())
        node: Any = text
        for step, mark in reversed(list(zip(places.steps(path), marks[1:], strict=True))):
            node = {step.key: self._list(node, mark) if step.listed else node}
        return "", self._marked(marks[0], {**self._envelope, **node})

    def _is_own(self, key: str, value: Any) -> bool:
        return isinstance(value, str) and self.table.is_structural(key, value)

    def _is_last(self, event: Mapping[str, Any]) -> bool:
        value = places.node_at(event, self._growth.ends) if self._growth.ends else None
        if not self._growth.last:
            return bool(value)
        return any(value == last and type(value) is type(last) for last in self._growth.last)

    def _pieces(self, event: dict[str, Any], path: str) -> Iterator[TextPiece]:
        steps = places.steps(path)
        for holder, marks in self._holders(event, steps[:-1], (self._mark(event),)):
            key, channel = steps[-1].key, (path, (*marks, None))
            position = self._position(path, holder, channel)
            if isinstance(holder.get(key), str):
                yield TextPiece(channel, holder, key, position)

    def _position(self, path: str, holder: dict[str, Any], channel: Hashable) -> Position:
        """Return where a text grows: in what a tool receives that an event of it has named, or elsewhere."""
        keys = [step.key for step in places.steps(path)]
        name, calls = self.table.calls.get(path), self.table.calls
        if name is None and not (calls and (is_call(holder) or _RECEIVED in keys or any(map(is_call_key, keys)))):
            return position(keys[-1], self.table)
        tool = holder.get(name) if name else called(holder)
        self._calls.name(channel, tool if isinstance(tool, str) else "")
        document = keys[-1] in self.table.documents
        return self._calls.received(channel, document=document, text=holder.get(keys[-1]))

    def _holders(
        self, node: Any, steps: tuple[Step, ...], marks: tuple[Hashable, ...]
    ) -> Iterator[tuple[dict[str, Any], tuple[Hashable, ...]]]:
        """Yield the objects in which a text may grow, each with the marks that tell it from others."""
        if not isinstance(node, dict):
            return
        if not steps:
            yield node, marks
            return
        below = node.get(steps[0].key)
        if not steps[0].listed:
            yield from self._holders(below, steps[1:], (*marks, None))
            return
        listed = below if isinstance(below, list) else ()
        if len(listed) > _MOST:
            raise ValueError("an event has too many elements")
        for index, element in enumerate(listed):
            own_mark = self._mark(element)
            yield from self._holders(element, steps[1:], (*marks, (index if own_mark is None else None, own_mark)))

    def _mark(self, node: Any) -> int | str | None:
        """Return the value of the member ``by``, None if it has none that may be repeated."""
        mark = node.get(self._growth.by) if isinstance(node, dict) else None
        if self._is_own(self._growth.by, mark):
            return str(mark)
        return mark if isinstance(mark, int) and not isinstance(mark, bool) and abs(mark) < _LARGE else None

    def _list(self, element: Any, mark: Any) -> list[Any]:
        """Return a list with an element at its place."""
        index, own_mark = mark
        return (
            [element | {self._growth.by: own_mark}] if own_mark is not None else [*({} for _ in range(index)), element]
        )

    def _marked(self, mark: Any, event: dict[str, Any]) -> dict[str, Any]:
        return event if mark is None else {self._growth.by: mark, **event}
