"""Replies of ``/api/chat`` as those of a conversation, and back, whole and as events. Calls come whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.codecs import reasons
from proxy.codecs.conversation import (
    ASSISTANT,
    CALLS,
    END,
    FILTERED,
    LENGTH,
    SEQUENCE,
    AssistantReply,
    Event,
    Speech,
    Stop,
    Text,
    Thinking,
    ToolCall,
    Usage,
)
from proxy.codecs.framing.ndjson import Ndjson
from proxy.codecs.ollama import conversation as chat
from proxy.codecs.spoken import Channels, Gathered
from proxy.core.wire import Incoming

_FRAMING = Ndjson()

_REASONS = {END: "stop", SEQUENCE: "stop", CALLS: "stop", LENGTH: "length", FILTERED: "stop"}
#: Nothing here knows the time.
_NEVER = "1970-01-01T00:00:00Z"


def to_reply(document: Mapping[str, Any]) -> AssistantReply:
    """Read a whole reply.

    Raises:
        ValueError: it is none, or goes on.

    """
    if document.get("done") is False:
        raise ValueError("the reply goes on")
    parts = tuple(spoken(document["message"]))
    calls = any(isinstance(part, ToolCall) for part in parts)
    return AssistantReply(parts, stop_of(document, calls=calls), usage(document), "", document.get("model") or "")


def spoken(message: Mapping[str, Any], before: int = 0) -> Iterator[Text | Thinking | ToolCall]:
    """Yield what a message says; ``before`` is how many calls came before, which numbers those without an id."""
    if message.get("thinking"):
        yield Thinking(message["thinking"])
    if message.get("content"):
        yield Text(message["content"])
    for number, call in enumerate(message.get("tool_calls") or (), start=before + 1):
        function = call["function"]
        yield ToolCall(call.get("id") or f"call_{number}", function["name"], dict(function.get("arguments") or {}))


def stop_of(document: Mapping[str, Any], *, calls: bool) -> Stop:
    """Return why a reply ended."""
    if document.get("done_reason") == "length":
        return Stop(LENGTH)
    return Stop(CALLS if calls else END)


def usage(document: Mapping[str, Any]) -> Usage:
    """Return the tokens that a reply tells."""
    return Usage(document.get("prompt_eval_count"), document.get("eval_count"))


def line(model: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """Return one line of a reply."""
    return {"model": model, "created_at": _NEVER, "message": {"role": ASSISTANT, **message}, "done": False}


def message_of(parts: Sequence[Text | Thinking | ToolCall]) -> dict[str, Any]:
    """Return what a message says."""
    thoughts = "".join(part.text for part in parts if isinstance(part, Thinking))
    calls = [chat.say_call(part) for part in parts if isinstance(part, ToolCall)]
    made: dict[str, Any] = {"content": "".join(part.text for part in parts if isinstance(part, Text))}
    return made | ({"thinking": thoughts} if thoughts else {}) | ({"tool_calls": calls} if calls else {})


def ending(stop: Stop, told: Usage) -> dict[str, Any]:
    """Return what the last line says beside its message. How long it took, nothing here knows."""
    took = dict.fromkeys(("total_duration", "load_duration", "prompt_eval_duration", "eval_duration"), 0)
    counts = {"prompt_eval_count": told.input or 0, "eval_count": told.output or 0}
    return {"done": True, "done_reason": _REASONS[stop.why], **took, **counts}


def from_reply(reply: AssistantReply, _asked: Mapping[str, Any]) -> dict[str, Any]:
    """Write a whole reply."""
    return line(reply.model, message_of(reply.parts)) | ending(reply.stop, reply.usage)


class LineReader:
    """Implements ``Reader``."""

    def __init__(self) -> None:
        self._channels = Channels()

    def read(self, _name: str, event: dict[str, Any]) -> Iterator[Event]:
        yield from self._channels.began("", event.get("model"))
        for part in spoken(event.get("message") or {}, self._channels.calls):
            yield from self._channels.said(part)
        if event.get("done") is True:
            yield stop_of(event, calls=self._channels.calls > 0)
            yield usage(event)


class LineWriter:
    """Implements ``Writer``. A call is said when its arguments are complete."""

    def __init__(self, _asked: Mapping[str, Any]) -> None:
        self._gathered = Gathered()

    def write(self, event: Event) -> Iterator[tuple[str, dict[str, Any]]]:
        for part in self._gathered.take(event):
            yield "", line(self._gathered.start.model, message_of([part]))

    def end(self) -> Iterator[tuple[str, dict[str, Any]]]:
        told = self._gathered
        for part in told.rest():
            yield "", line(told.start.model, message_of([part]))
        yield "", line(told.start.model, {"content": ""}) | ending(told.stop, told.usage)


def _media(_incoming: Incoming) -> str:
    return _FRAMING.media[0]


SPEECH = Speech(
    to_conversation=chat.to_conversation,
    from_conversation=chat.from_conversation,
    to_reply=to_reply,
    from_reply=from_reply,
    to_events=LineReader,
    from_events=LineWriter,
    framings=(_FRAMING,),
    media=_media,
    paths=chat.PATHS,
    known=chat.KNOWN,
    unsaid={
        **reasons.SCHEMA_ALONE,
        "Tool.strict": reasons.STRICT,
        "ToolResult.failed": reasons.FAILED,
    },
    rank=5,
)
