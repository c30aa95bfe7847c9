"""``POST /v1/chat/completions``, whole and streamed, with tools.

Every string of a reply is filtered except the dialect's own keys. Tool-call arguments are JSON inside a JSON string:
what is put back there is escaped. Token log-probabilities are dropped from a filtered reply, because they spell the
unfiltered text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from proxy.codecs import openai, pointer
from proxy.codecs.base import FilterFactory, StreamRewriter, TextFilter
from proxy.codecs.sse import Event, EventParser, encode
from proxy.core.records import Operation, Payload
from proxy.errors import MalformedRequestError, UpstreamError

_DONE = b"[DONE]"
#: The end marker on a line of its own: inside a JSON string no line begins.
_DONE_LINE = re.compile(rb"[\r\n]data: ?\[DONE\][ \t]*[\r\n]")
_DONE_LONGEST = 32
#: Texts that arrive in one piece even in a stream.
_UNDIVIDED = frozenset({"name"})

_Channel = tuple[int, tuple[str | int, ...]]


class OpenAIChat:
    """The chat completions API."""

    name = "openai_chat"
    path = "/chat/completions"

    def decode(self, body: bytes) -> Payload:
        """Read a request."""
        document = openai.parse(body)
        messages = document.get("messages")
        if not isinstance(messages, list) or not messages:
            raise MalformedRequestError("'messages' must be a non-empty list")
        if not all(isinstance(message, dict) for message in messages):
            raise MalformedRequestError("every message must be an object")
        return openai.decode(document, Operation.CHAT)

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> bytes:
        """Write the request."""
        return openai.encode(payload, texts, model)

    def texts(self, reply: bytes) -> list[str]:
        """Return every text of a whole reply."""
        found: list[str] = []

        def note(text: str, _key: str) -> str:
            found.append(text)
            return text

        pointer.rewrite(_reply(reply), note, openai.is_structural)
        return found

    def rewrite(self, reply: bytes, make_filter: FilterFactory) -> bytes:
        """Return a whole reply with every text filtered."""

        def change(text: str, key: str) -> str:
            return _whole(make_filter(key == "arguments" or _looks_like_json(text)), text)

        document = pointer.rewrite(_reply(reply), change, openai.is_structural)
        _drop_logprobs(document)
        return orjson.dumps(document)

    def stream(self, make_filter: FilterFactory | None) -> StreamRewriter:
        """Return a rewriter for one streamed reply."""
        return _Unchanged() if make_filter is None else _ChatStream(make_filter)

    error = staticmethod(openai.error)
    error_event = staticmethod(openai.error_event)


def _reply(reply: bytes) -> dict[str, Any]:
    document = orjson.loads(reply)
    if not isinstance(document, dict) or not isinstance(document.get("choices"), list):
        raise ValueError("not a chat completion")  # noqa: TRY004 - a value of the wrong shape
    return document


def _whole(one: TextFilter, text: str) -> str:
    return one.feed(text) + one.flush()


def _looks_like_json(text: str) -> bool:
    return text.lstrip()[:1] == "{"


def _drop_logprobs(document: dict[str, Any]) -> None:
    for choice in document.get("choices") or ():
        if isinstance(choice, dict) and choice.get("logprobs"):
            choice["logprobs"] = None


class _Unchanged:
    """Bytes pass as they are; only the end marker is watched for."""

    def __init__(self) -> None:
        self.complete = False
        self._tail = b"\n"

    def feed(self, chunk: bytes) -> bytes:
        seen = self._tail + chunk
        self.complete = self.complete or _DONE_LINE.search(seen) is not None
        self._tail = seen[-_DONE_LONGEST:]
        return chunk


class _ChatStream:
    """One filter per text of the reply: the content of each choice, each tool call's arguments."""

    def __init__(self, make_filter: FilterFactory) -> None:
        self.complete = False
        self._make = make_filter
        self._parser = EventParser()
        self._filters: dict[_Channel, TextFilter] = {}
        self._last: dict[str, Any] = {}
        self._finished: set[int] = set()

    def feed(self, chunk: bytes) -> bytes:
        return b"".join([self._event(event) for event in self._parser.feed(chunk)])

    def _event(self, event: Event) -> bytes:
        if event.data is None:
            return b": keep-alive\n\n"
        if self.complete:
            return b""
        if event.data.strip() == _DONE:
            self.complete = True
            return self._remainder() + encode(_DONE)
        document = orjson.loads(event.data)
        if not isinstance(document, dict) or document.get("error"):
            raise UpstreamError("the target reported an error inside its stream")
        choices = document.pop("choices", None) or []
        if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
            raise ValueError("not a chunk of a chat completion")
        rest = pointer.rewrite(document, self._undivided, openai.is_structural)
        self._last = {name: value for name, value in rest.items() if name != "usage"}
        return encode(orjson.dumps({**rest, "choices": [self._choice(choice) for choice in choices]}))

    def _choice(self, choice: dict[str, Any]) -> dict[str, Any]:
        index, delta = choice.pop("index", 0), choice.pop("delta", None) or {}
        if not isinstance(index, int) or not isinstance(delta, dict):
            raise ValueError("not a choice of a chat completion")  # noqa: TRY004 - a value of the wrong shape
        if choice.get("logprobs"):
            choice["logprobs"] = None
        rest = pointer.rewrite(choice, self._undivided, openai.is_structural)
        delta = self._filtered(delta, index, ())
        if choice.get("finish_reason"):
            self._flush_into(delta, index)
            self._finished.add(index)
        return {"index": index, "delta": delta, **rest}

    def _undivided(self, text: str, key: str) -> str:
        """Filter a text that comes in one piece."""
        return _whole(self._make(key == "arguments" or _looks_like_json(text)), text)

    def _filtered(self, node: Any, index: int, path: tuple[str | int, ...]) -> Any:
        if isinstance(node, str):
            return self._text(node, index, path)
        if len(path) > pointer.DEPTH_LIMIT:
            raise ValueError("nested too deep")
        if isinstance(node, dict):
            return {
                key: value if openai.is_structural(key, value) else self._filtered(value, index, (*path, key))
                for key, value in node.items()
            }
        if isinstance(node, list):
            return [
                self._filtered(value, index, (*path, _position(value, place)))
                if isinstance(value, dict)
                else pointer.rewrite(value, self._undivided, openai.is_structural)
                for place, value in enumerate(node)
            ]
        return node

    def _text(self, text: str, index: int, path: tuple[str | int, ...]) -> str:
        if path[-1] in _UNDIVIDED:
            return self._undivided(text, "")
        if text and index in self._finished:
            raise ValueError("text after the end of a choice")  # what was held back has been let go
        channel = (index, path)
        if channel not in self._filters:
            if not text.strip():
                return text  # too early to say whether the text is JSON
            self._filters[channel] = self._make(path[-1] == "arguments" or _looks_like_json(text))
        return self._filters[channel].feed(text)

    def _flush_into(self, delta: dict[str, Any], index: int) -> None:
        """Add what was held back to the delta that ends the choice."""
        for channel in [channel for channel in self._filters if channel[0] == index]:
            tail = self._filters.pop(channel).flush()
            if tail:
                _append(delta, channel[1], tail)

    def _remainder(self) -> bytes:
        """Return events for what choices that never said they were finished still hold back."""
        choices = []
        for index in sorted({channel[0] for channel in self._filters}):
            delta: dict[str, Any] = {}
            self._flush_into(delta, index)
            if delta:
                choices.append({"index": index, "delta": delta, "finish_reason": None})
        return encode(orjson.dumps({**self._last, "choices": choices})) if choices else b""


def _position(value: Any, place: int) -> int:
    """Return a list element's own index (tool calls say theirs) or its place."""
    own = value.get("index") if isinstance(value, dict) else None
    return own if isinstance(own, int) else place


def _append(node: dict[str, Any], path: tuple[str | int, ...], tail: str) -> None:
    """Append text at a path of a delta, making what is missing on the way."""
    head, *rest = path
    if not rest:
        node[str(head)] = (node.get(str(head)) or "") + tail
        return
    following = rest[0]
    if isinstance(following, int):
        elements = node.get(str(head)) or []
        node[str(head)] = elements
        element = next((one for one in elements if _position(one, -1) == following), None)
        if element is None:
            element = {"index": following}
            elements.append(element)
        _append(element, tuple(rest[1:]), tail)
        return
    child = node.get(str(head)) or {}
    node[str(head)] = child
    _append(child, tuple(rest), tail)
