"""The events of a streamed reply. A channel is a candidate and a run of parts of one kind: text or thinking.

Another kind of part ends a run, so that what a filter holds back goes out before it, in its place. There is no end
marker: a body is complete if every candidate has given the reason for its end, or the prompt was refused.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from proxy.codecs.gemini import tables
from proxy.codecs.reply import expect
from proxy.codecs.stream import Meaning, Shape, TextPiece
from proxy.core.replies.position import WORDS, Position, Role

_MODEL = "model"
_ODD = "a value of another shape in a streamed reply"
_THOUGHT, _TEXT, _CALL, _OTHER = "thought", "text", "call", "other"
#: Members of an event, besides words of the dialect, without content of their own.
_PASSING = frozenset({"candidates", "usageMetadata"})
_UNFINISHED = (None, "", "FINISH_REASON_UNSPECIFIED")
#: Members of an event that inserted ones repeat.
_REPEATED = ("modelVersion", "responseId")


class _Channel(NamedTuple):
    candidate: int
    run: int
    kind: str
    path: str = ""  # of an argument of a call


class _Candidate:
    """The state of one candidate."""

    def __init__(self, index: int) -> None:
        self.finished = False
        self._index, self._run, self._kind, self._tool = index, 0, _OTHER, ""
        self._open: list[_Channel] = []
        self.closed: list[Hashable] = []  # with the event that is read

    def pieces(self, candidate: Mapping[str, Any]) -> Iterator[TextPiece]:
        """Yield the pieces of an event; ``closed`` are the channels that end with it."""
        self.closed = []
        for part in _parts(candidate):
            if isinstance(part.get("text"), str):
                yield self._piece(self._turn(_THOUGHT if part.get("thought") is True else _TEXT), part, "text")
            elif "functionCall" in part:
                yield from self._argument_pieces(_object(part["functionCall"]))
            else:
                self._turn(_OTHER)
        if candidate.get("finishReason") not in _UNFINISHED:
            self.finished = True
            self._next(_OTHER)

    def _argument_pieces(self, call: Mapping[str, Any]) -> Iterator[TextPiece]:
        """Yield the pieces of arguments, which may span several events of one call."""
        if self._kind != _CALL or call.get("name"):
            self._next(_CALL)
            self._tool = str(call.get("name") or "")
        for argument in map(_object, _list(call.get("partialArgs"))):
            channel = _Channel(self._index, self._run, _CALL, str(argument.get("jsonPath", "")))
            if isinstance(argument.get("stringValue"), str):
                yield self._piece(channel, argument, "stringValue", Position(Role.ARGUMENTS, tool=self._tool))
            if argument.get("willContinue") is not True:
                self._close(channel)
        if call.get("willContinue") is not True:
            self._next(_OTHER)

    def _turn(self, kind: str) -> _Channel:
        if kind != self._kind:
            self._next(kind)
        return _Channel(self._index, self._run, kind)

    def _next(self, kind: str) -> None:
        for channel in list(self._open):
            self._close(channel)
        self._run, self._kind = self._run + 1, kind

    def _close(self, channel: _Channel) -> None:
        if channel in self._open:
            self._open.remove(channel)
            self.closed.append(channel)

    def _piece(self, channel: _Channel, holder: dict[str, Any], key: str, position: Position = WORDS) -> TextPiece:
        if channel not in self._open:
            self._open.append(channel)
        return TextPiece(channel, holder, key, position)


class ContentShape(Shape):
    """Implements ``Shape``."""

    table = tables.REPLY

    def __init__(self) -> None:
        self._candidates: dict[int, _Candidate] = {}
        self._blocked = False
        self._repeated: dict[str, Any] = {}

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        if "error" in event:
            return Meaning(fails=True)
        if not any(isinstance(event.get(name), kind) for name, kind in tables.REPLY.needs.items()):
            raise ValueError("not an event of a streamed reply")
        words = {name: value for name, value in event.items() if self.table.is_structural(name, value)}
        self._repeated |= {name: words[name] for name in _REPEATED if name in words}
        candidates = [_object(value) for value in _list(event.get("candidates"))]
        pieces: list[TextPiece] = []
        closed: list[Hashable] = []
        for value in candidates:
            candidate = self._candidate(value)
            pieces += candidate.pieces(value)
            closed += candidate.closed
        feedback = event.get("promptFeedback")
        self._blocked |= isinstance(feedback, dict) and bool(feedback.get("blockReason"))
        return Meaning(
            tuple(pieces),
            closes=closed,
            droppable=bool(pieces) and event.keys() <= {*words, *_PASSING} and all(map(_only_says, candidates)),
            whole=self._whole,
        )

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        index, _, kind, path = channel if isinstance(channel, _Channel) else _Channel(0, 0, _TEXT)
        part: dict[str, Any] = {"text": text, "thought": True} if kind == _THOUGHT else {"text": text}
        if kind == _CALL:
            argument = {"jsonPath": path, "stringValue": text, "willContinue": True}
            part = {"functionCall": {"partialArgs": [argument], "willContinue": True}}
        return "", {"candidates": [{"content": {"parts": [part], "role": _MODEL}, "index": index}], **self._repeated}

    @property
    def _whole(self) -> bool:
        candidates = self._candidates.values()
        return self._blocked or (bool(candidates) and all(candidate.finished for candidate in candidates))

    def _candidate(self, candidate: Mapping[str, Any]) -> _Candidate:
        index = expect(candidate.get("index", 0), int, "a candidate without its index")
        return self._candidates.get(index) or self._candidates.setdefault(index, _Candidate(index))


def _parts(candidate: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    content = candidate.get("content")
    parts = _object(content).get("parts") if content is not None else None
    return [_object(part) for part in _list(parts)]


def _only_says(candidate: Mapping[str, Any]) -> bool:
    """Whether a candidate adds text, and nothing else."""
    content = candidate.get("content")
    if not candidate.keys() <= {"content", "index"} or not isinstance(content, dict):
        return False
    only_parts = content.keys() <= {"parts", "role"} and content.get("role", _MODEL) == _MODEL
    return only_parts and all(part.keys() <= {"text", "thought"} and "text" in part for part in _parts(candidate))


def _list(node: Any) -> list[Any]:
    return [] if node is None else expect(node, list, _ODD)


def _object(node: Any) -> dict[str, Any]:
    return expect(node, dict, _ODD)
