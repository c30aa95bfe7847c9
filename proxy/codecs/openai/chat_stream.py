"""The streamed reply of chat completions: each text that comes in pieces has a filter of its own (``chat_choice``)."""

from __future__ import annotations

from typing import Any

import orjson

from proxy.codecs import places, pointer, reply
from proxy.codecs.base import FilterFactory, Sealed, StreamRewriter
from proxy.codecs.framing import CountedFrames, Frame
from proxy.codecs.framing.sse import Sse
from proxy.codecs.openai.chat_choice import ChatChoice
from proxy.codecs.openai.dialect import is_error
from proxy.codecs.openai.tables import CHAT_REPLY, SPELLED
from proxy.codecs.sse import encode
from proxy.errors import UpstreamError

DONE = b"[DONE]"
_ERROR = "the target reported an error inside its stream"
_SIGNED = b'"signature"'
_SEAL = "choices[*].delta.content[*]=thinking.signature"


class ChatStream:
    """Implements ``StreamRewriter``."""

    def __init__(self, make_filter: FilterFactory, sealed: Sealed | None = None) -> None:
        self.complete = False
        self._make, self._sealed = make_filter, sealed
        self.frames = CountedFrames(Sse().parser())
        self._choices: dict[int, ChatChoice] = {}
        self._last: dict[str, Any] = {}
        self._rest = ChatChoice(-1, make_filter)

    def feed(self, chunk: bytes) -> bytes:
        return b"".join([self._event(event) for event in self.frames.feed(chunk)])

    def finish(self) -> bytes:
        """Return what a last event without its blank line completes.

        Raises:
            ValueError: there was no end marker.

        """
        rest = b"" if self.complete else b"".join([self._event(event) for event in self.frames.finish()])
        if not self.complete:
            raise ValueError("the stream has no end marker")
        return rest

    def _event(self, event: Frame) -> bytes:
        if event.ends and not self.complete:
            self.complete = True
            return self._remainder() + encode(DONE)
        if event.data is None:
            return b": keep-alive\n\n"
        if self.complete:
            return b""
        document = orjson.loads(event.data)
        if event.fails or is_error(document):
            raise UpstreamError(_ERROR)
        if self._sealed is not None:
            _report_seals(event.data, self._sealed)
        choices = document.pop("choices", None) or []
        if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
            raise ValueError("not a chunk of a chat completion")
        rest = pointer.rewrite(document, self._rest.undivided, CHAT_REPLY.is_structural)
        self._last = {name: value for name, value in rest.items() if name != "usage"}
        before: list[dict[str, Any]] = []
        filtered = [self._choice(choice, before) for choice in choices]
        return self._extra(before) + encode(orjson.dumps({**rest, "choices": filtered}))

    def _choice(self, choice: dict[str, Any], before: list[dict[str, Any]]) -> dict[str, Any]:
        index, delta = choice.pop("index", 0), choice.pop("delta", None) or {}
        if not isinstance(index, int) or not isinstance(delta, dict):
            raise ValueError("not a choice of a chat completion")  # noqa: TRY004 - a value of the wrong shape
        choice |= {name: None for name in SPELLED if choice.get(name)}
        rest = pointer.rewrite(choice, self._rest.undivided, CHAT_REPLY.is_structural)
        texts = self._choices.get(index)
        if texts is None:
            texts = self._choices[index] = ChatChoice(index, self._make)
        earlier, delta = texts.delta(delta)
        if earlier:
            before.append({"index": index, "delta": earlier, "finish_reason": None})
        if choice.get("finish_reason"):
            texts.flush(delta)
            texts.finished = True
        return {"index": index, "delta": delta, **rest}

    def _remainder(self) -> bytes:
        """Return events for what choices that never finished still hold back."""
        choices = []
        for index, texts in sorted(self._choices.items()):
            delta: dict[str, Any] = {}
            texts.delta({})
            texts.flush(delta)
            if delta:
                choices.append({"index": index, "delta": delta, "finish_reason": None})
        return self._extra(choices)

    def _extra(self, choices: list[dict[str, Any]]) -> bytes:
        return encode(orjson.dumps({**self._last, "choices": choices})) if choices else b""


def rewriter(make_filter: FilterFactory | None, sealed: Sealed | None = None) -> StreamRewriter:
    """Return a rewriter for one streamed reply."""
    return Unfiltered(sealed) if make_filter is None else ChatStream(make_filter, sealed)


def _report_seals(data: bytes, sealed: Sealed) -> None:
    """Report the signatures of thoughts in an event, each of which comes whole."""
    if _SIGNED in data:
        for place in places.at(orjson.loads(data), _SEAL):
            for text in reply.sealed_texts(place.node):
                sealed(text)


class Unfiltered:
    """Implements ``StreamRewriter``: events pass as the bytes they came from, except errors of the target."""

    def __init__(self, sealed: Sealed | None = None) -> None:
        self.complete = False
        self._sealed = sealed
        self.frames = CountedFrames(Sse().parser())

    def feed(self, chunk: bytes) -> bytes:
        return b"".join([self._event(event) for event in self.frames.feed(chunk)])

    def finish(self) -> bytes:
        rest = b"" if self.complete else b"".join([self._event(event) for event in self.frames.finish()])
        if not self.complete:
            raise ValueError("the stream has no end marker")
        return rest

    def _event(self, event: Frame) -> bytes:
        if self.complete:
            return b""
        self.complete = event.ends
        if event.data is not None:
            if event.fails or not _is_piece(event.data):
                raise UpstreamError(_ERROR)
            if self._sealed is not None:
                _report_seals(event.data, self._sealed)
        return event.raw


def _is_piece(data: bytes) -> bool:
    """Whether an event is a piece of a reply; parsed only if it may not be."""
    return (b'"choices"' in data and b'"error"' not in data) or not is_error(orjson.loads(data))
