"""Replies of chat completions as those of a conversation, and back, whole and as events.

Calls are told apart as in ``chat_shape``: by id, and without one by index, where a call whose JSON is complete makes
room for the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proxy.codecs import translatable
from proxy.codecs.calls import parse_arguments
from proxy.codecs.conversation import (
    CALL,
    CALLS,
    END,
    FILTERED,
    LENGTH,
    SEQUENCE,
    TEXT,
    THINKING,
    AssistantReply,
    Channel,
    Close,
    ConversationCodec,
    Delta,
    Event,
    Start,
    Stop,
    Text,
    Thinking,
    ToolCall,
    Usage,
)
from proxy.codecs.framing.sse import Sse
from proxy.codecs.openai import conversation as chat
from proxy.codecs.reply_events import Channels, ReplyState
from proxy.core.search.json_context import JsonContext
from proxy.core.wire import EVENTS

#: Words of OpenAI, then of other servers. An unknown one (an error, an abort) counts as filtered, not as completed.
_WHY = {
    "stop": END,
    "length": LENGTH,
    "tool_calls": CALLS,
    "function_call": CALLS,
    "eos": END,
    "eos_token": END,
    "end_turn": END,
    "stop_sequence": SEQUENCE,
    "model_length": LENGTH,
    "max_tokens": LENGTH,
}
_REASONS = {END: "stop", SEQUENCE: "stop", LENGTH: "length", CALLS: "tool_calls", FILTERED: "content_filter"}


def to_reply(document: Mapping[str, Any]) -> AssistantReply:
    [choice] = document["choices"]
    message = choice["message"]
    thought = message.get("reasoning_content") or message.get("reasoning")
    parts: list[Text | Thinking | ToolCall] = [Thinking(thought)] if thought else []
    parts += [Text(message[name]) for name in ("content", "refusal") if message.get(name)]
    _check(message)
    for call in message.get("tool_calls") or ():
        parts.append(
            ToolCall(call.get("id") or "", call["function"]["name"], parse_arguments(call["function"]["arguments"]))
        )
    return AssistantReply(
        tuple(parts),
        read_stop(choice.get("finish_reason"), calls=any(isinstance(part, ToolCall) for part in parts)),
        read_usage(document.get("usage")),
        document.get("id") or "",
        document.get("model") or "",
    )


def _check(message: Mapping[str, Any]) -> None:
    """Refuse what no other dialect can express: a recording, a legacy function call."""
    if message.get("audio") or message.get("function_call"):
        raise ValueError("a recording or a function's call has no translation")


def read_usage(usage: Any) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
    return Usage(usage.get("prompt_tokens"), usage.get("completion_tokens"), cached)


def read_stop(reason: Any, *, calls: bool) -> Stop:
    """Return why a reply ended; some servers report calls as a plain end."""
    stop = _WHY.get(str(reason), FILTERED) if reason else END
    return Stop(CALLS if calls and stop == END else stop)


def write_stop(stop: Stop) -> str:
    return _REASONS[stop.why]


def write_usage(usage: Usage) -> dict[str, Any]:
    sent, received = usage.input or 0, usage.output or 0
    tokens: dict[str, Any] = {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}
    return tokens | ({"prompt_tokens_details": {"cached_tokens": usage.cached}} if usage.cached is not None else {})


def from_reply(reply: AssistantReply, _request: Mapping[str, Any]) -> dict[str, Any]:
    texts = [part.text for part in reply.parts if isinstance(part, Text)]
    thoughts = [part.text for part in reply.parts if isinstance(part, Thinking)]
    message: dict[str, Any] = {"role": "assistant", "content": "".join(texts) if texts else None, "refusal": None}
    if thoughts:
        message["reasoning_content"] = "".join(thoughts)
    calls = [chat.write_call(call) for call in reply.parts if isinstance(call, ToolCall)]
    if calls:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": write_stop(reply.stop)}
    return {
        "id": reply.id,
        "object": "chat.completion",
        "created": 0,
        "model": reply.model,
        "choices": [choice],
        "usage": write_usage(reply.usage),
    }


class ChatReader:
    """Implements ``ReplyReader``."""

    def __init__(self) -> None:
        self._channels = Channels()
        self._calls: dict[int, Channel] = {}  # the last call at each index
        self._by_id: dict[str, Channel] = {}
        self._arguments: dict[Channel, JsonContext] = {}  # arguments of open calls

    def read(self, _name: str, event: dict[str, Any]) -> Iterator[Event]:
        if event.get("id") or event.get("choices"):  # Azure's first chunk may have neither
            yield from self._channels.start(event.get("id"), event.get("model"))
        for choice in event.get("choices") or ():
            if choice.get("index", 0) != 0:
                raise ValueError("a second answer has no translation")
            yield from self._delta(choice.get("delta") or {})
            if choice.get("finish_reason"):
                yield read_stop(choice["finish_reason"], calls=self._channels.calls > 0)
        if event.get("usage"):
            yield read_usage(event["usage"])

    def _delta(self, delta: Mapping[str, Any]) -> Iterator[Event]:
        _check(delta)
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        for kind, text in ((THINKING, thought), (TEXT, delta.get("content")), (TEXT, delta.get("refusal"))):
            if text:
                yield from self._finished()
                yield from self._channels.delta(kind, text)
        for index, call in enumerate(delta.get("tool_calls") or ()):
            yield from self._call(call, call.get("index", index))

    def _call(self, call: Mapping[str, Any], index: int) -> Iterator[Event]:
        function = call.get("function") or {}
        identity, name, text = call.get("id") or "", function.get("name") or "", function.get("arguments") or ""
        channel = self._by_id.get(identity) if identity else self._calls.get(index)
        if channel is None and not name:
            channel = self._calls.get(index)  # its id came late
        if channel is None or (not identity and name and self._complete(channel)):
            yield from self._channels.close()
            yield from self._finished()
            self._channels.calls += 1
            channel = self._channels.open(CALL, identity or f"call_{self._channels.calls}", name)
            self._arguments[channel] = JsonContext(document=True)
        self._by_id[identity or channel.id] = channel
        self._calls[index] = channel
        if channel not in self._arguments:
            if text:
                raise ValueError("arguments after the end of a call")
            return
        self._arguments[channel].feed(text)
        yield Delta(channel, text)

    def _finished(self) -> Iterator[Event]:
        """Close the calls whose arguments are complete: something else begins, or continues."""
        for channel in [open_call for open_call in self._arguments if self._complete(open_call)]:
            del self._arguments[channel]
            yield Close(channel)

    def _complete(self, channel: Channel) -> bool:
        return channel not in self._arguments or self._arguments[channel].complete


class ChatWriter:
    """Implements ``ReplyWriter``."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        options = request.get("stream_options")
        self._counts = isinstance(options, dict) and options.get("include_usage") is True
        self._head: dict[str, Any] = {"id": "", "object": "chat.completion.chunk", "created": 0, "model": ""}
        self._calls: dict[Channel, int] = {}
        self._state = ReplyState()

    def write(self, event: Event) -> Iterator[tuple[str, dict[str, Any]]]:
        if isinstance(event, Start):
            self._head |= {"id": event.id, "model": event.model}
            yield self._chunk({"role": "assistant", "content": ""})
        elif isinstance(event, Delta):
            yield self._chunk(self._delta(event))
        self._state.note(event)

    def end(self) -> Iterator[tuple[str, dict[str, Any]]]:
        yield self._chunk({}, write_stop(self._state.stop))
        if self._counts:
            yield "", {**self._head, "choices": [], "usage": write_usage(self._state.usage)}

    def _delta(self, piece: Delta) -> dict[str, Any]:
        channel = piece.channel
        if channel.kind != CALL:
            return {"content" if channel.kind == TEXT else "reasoning_content": piece.text}
        if channel in self._calls:
            return {"tool_calls": [{"index": self._calls[channel], "function": {"arguments": piece.text}}]}
        index = self._calls[channel] = len(self._calls)
        function = {"name": channel.name, "arguments": piece.text}
        return {"tool_calls": [{"index": index, "id": channel.id, "type": "function", "function": function}]}

    def _chunk(self, delta: Mapping[str, Any], reason: str | None = None) -> tuple[str, dict[str, Any]]:
        choice = {"index": 0, "delta": dict(delta), "logprobs": None, "finish_reason": reason}
        return "", {**self._head, "choices": [choice]}


CONVERSATION = ConversationCodec(
    to_conversation=chat.to_conversation,
    from_conversation=chat.from_conversation,
    to_reply=to_reply,
    from_reply=from_reply,
    to_events=ChatReader,
    from_events=ChatWriter,
    framings=(Sse(),),
    marks={EVENTS: (b"", b"data: [DONE]\n\n")},
    paths=chat.PATHS,
    translatable=chat.KNOWN,
    omitted={"ToolResult.failed": translatable.FAILED},
    rank=3,
)
