"""Streamed replies of model servers: events without an end marker; the body ends with the last one.

An event is a reply of its own. Texts under one name, in one place, are pieces of one text: ``text_output`` and any
other output of generation, or the elements of the tensors in ``outputs``. If a model repeats its earlier output in each
event, everything is still filtered, but the pieces are not what it said.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import Any

from proxy.codecs import pointer
from proxy.codecs.kserve import messages, tables
from proxy.codecs.reply import expect
from proxy.codecs.stream import Meaning, Shape, TextPiece

_OUTPUTS, _DATA, _NAME = "outputs", "data", "name"
_ERROR = "error"
_WORDS = ("model_name", "model_version")
#: Members about the event itself, complete in each: MLServer repeats all of ``parameters``.
_OF_ITSELF = frozenset({"id", "details", "parameters", _OUTPUTS, *_WORDS})
#: Names of outputs and of their members, which a tail repeats: words without numbers that may identify somebody.
_OUTPUT = re.compile(r"[A-Za-z_](?:[A-Za-z_.:/-]|\d(?!\d\d)){0,63}", re.ASCII)


class KServeShape(Shape):
    """Implements ``Shape``."""

    table = tables.GENERATE_REPLY

    def __init__(self) -> None:
        self._words: dict[str, Any] = {}  # words of the last event

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        if _ERROR in event:
            return Meaning(fails=True)
        self._words = {key: event[key] for key in _WORDS if key in event and self.table.is_structural(key, event[key])}
        return Meaning((*self._members(event), *self._inside(event.get(_OUTPUTS, []))), whole=True)

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        assert isinstance(channel, tuple)  # noqa: S101 - made here
        inside, name, *at = channel
        data: Any = text
        for step in reversed(at):
            data = {step: data} if isinstance(step, str) else [*[""] * step, data]
        if not inside:
            return "", {**self._words, name: data}
        tensor = {"name": name, "datatype": "BYTES", "shape": [_count(data)], _DATA: data}
        return "", {**self._words, _OUTPUTS: [tensor]}

    def _members(self, event: dict[str, Any]) -> Iterator[TextPiece]:
        for key in event:
            if key not in _OF_ITSELF:
                yield from _texts(event, key, (False, _name(key)))

    def _inside(self, outputs: Any) -> Iterator[TextPiece]:
        """Yield the texts in tensors."""
        for tensor in expect(outputs, list, "the outputs of an event are not a list"):
            if messages.is_base64(tensor):
                raise ValueError("a stream of base64 cannot be read")
            tensor.setdefault(_DATA, [])
            yield from _texts(tensor, _DATA, (True, _name(tensor[_NAME])))


def _texts(holder: Any, key: Any, channel: tuple[Any, ...]) -> Iterator[TextPiece]:
    """Yield the texts in lists and objects."""
    node = holder[key]
    if len(channel) > pointer.DEPTH_LIMIT:
        raise ValueError("an event is nested too deep")
    if isinstance(node, str):
        yield TextPiece(channel, holder, key)
    elif isinstance(node, list):
        for index in range(len(node)):
            yield from _texts(node, index, (*channel, index))
    elif isinstance(node, dict):
        for name in node:
            yield from _texts(node, name, (*channel, _name(name)))


def _name(name: str) -> str:
    if not _OUTPUT.fullmatch(name):
        raise ValueError("an output has no valid name")
    return name


def _count(data: Any) -> int:
    return len(data) if isinstance(data, list) else 1
