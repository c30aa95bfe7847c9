"""Replies of ``/api/chat`` as those of a conversation, and back, whole and as events. Calls come whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.codecs import translatable
from proxy.codecs.conversation import (
    ASSISTANT,
    CALLS,
    END,
    FILTERED,
    LENGTH,
    SEQUENCE,
    AssistantReply,
    ConversationCodec,
    Event,
    Stop,
    Text,
    Thinking,
    ToolCall,
    Usage,
)
from proxy.codecs.framing.ndjson import Ndjson
from proxy.codecs.ollama import conversation as chat
from proxy.codecs.reply_events import Channels, ReplyState, whole
from proxy.core.wire import Incoming

_FRAMING = Ndjson()

_REASONS = {END: "stop", SEQUENCE: "stop", CALLS: "stop", LENGTH: "length", FILTERED: "stop"}
#: The codecs read no clock.
_NEVER = "1970-01-01T00:00:00Z"


def to_reply(document: Mapping[str, Any]) -> AssistantReply:
    if document.get("done") is False:
        raise ValueError("the reply is unfinished")
    return whole(LineReader().read("", {**document, "done": True}))


def read_parts(message: Mapping[str, Any], before: int = 0) -> Iterator[Text | Thinking | ToolCall]:
    """Yield the parts of a message; ``before`` counts the calls so far, which numbers those without an id."""
    if message.get("thinking"):
        yield Thinking(message["thinking"])
    if message.get("content"):
        yield Text(message["content"])
    for number, call in enumerate(message.get("tool_calls") or (), start=before + 1):
        function = call["function"]
        yield ToolCall(call.get("id") or f"call_{number}", function["name"], dict(function.get("arguments") or {}))


def read_stop(document: Mapping[str, Any], *, calls: bool) -> Stop:
    if document.get("done_reason") == "length":
        return Stop(LENGTH)
    return Stop(CALLS if calls else END)


def read_usage(document: Mapping[str, Any]) -> Usage:
    return Usage(document.get("prompt_eval_count"), document.get("eval_count"))


def write_line(model: str, message: Mapping[str, Any]) -> dict[str, Any]:
    return {"model": model, "created_at": _NEVER, "message": {"role": ASSISTANT, **message}, "done": False}


def write_message(parts: Sequence[Text | Thinking | ToolCall]) -> dict[str, Any]:
    thoughts = "".join(part.text for part in parts if isinstance(part, Thinking))
    calls = [chat.write_call(part) for part in parts if isinstance(part, ToolCall)]
    message: dict[str, Any] = {"content": "".join(part.text for part in parts if isinstance(part, Text))}
    return message | ({"thinking": thoughts} if thoughts else {}) | ({"tool_calls": calls} if calls else {})


def write_ending(stop: Stop, usage: Usage) -> dict[str, Any]:
    """Return the members of the last line besides its message. Durations are unknown here."""
    took = dict.fromkeys(("total_duration", "load_duration", "prompt_eval_duration", "eval_duration"), 0)
    counts = {"prompt_eval_count": usage.input or 0, "eval_count": usage.output or 0}
    return {"done": True, "done_reason": _REASONS[stop.why], **took, **counts}


def from_reply(reply: AssistantReply, _request: Mapping[str, Any]) -> dict[str, Any]:
    return write_line(reply.model, write_message(reply.parts)) | write_ending(reply.stop, reply.usage)


class LineReader:
    """Implements ``ReplyReader``."""

    def __init__(self) -> None:
        self._channels = Channels()

    def read(self, _name: str, event: dict[str, Any]) -> Iterator[Event]:
        yield from self._channels.start("", event.get("model"))
        for part in read_parts(event.get("message") or {}, self._channels.calls):
            yield from self._channels.part(part)
        if event.get("done") is True:
            yield read_stop(event, calls=self._channels.calls > 0)
            yield read_usage(event)


class LineWriter:
    """Implements ``ReplyWriter``. A call is written when its arguments are complete."""

    def __init__(self, _request: Mapping[str, Any]) -> None:
        self._state = ReplyState()

    def write(self, event: Event) -> Iterator[tuple[str, dict[str, Any]]]:
        for part in self._state.take(event):
            yield "", write_line(self._state.start.model, write_message([part]))

    def end(self) -> Iterator[tuple[str, dict[str, Any]]]:
        state = self._state
        for part in state.rest():
            yield "", write_line(state.start.model, write_message([part]))
        yield "", write_line(state.start.model, {"content": ""}) | write_ending(state.stop, state.usage)


def _media(_incoming: Incoming) -> str:
    return _FRAMING.media[0]


CONVERSATION = ConversationCodec(
    to_conversation=chat.to_conversation,
    from_conversation=chat.from_conversation,
    to_reply=to_reply,
    from_reply=from_reply,
    to_events=LineReader,
    from_events=LineWriter,
    framings=(_FRAMING,),
    media=_media,
    paths=chat.PATHS,
    translatable=chat.KNOWN,
    omitted={
        **translatable.SCHEMA_ALONE,
        "Tool.strict": translatable.STRICT,
        "ToolResult.failed": translatable.FAILED,
    },
    rank=5,
)
