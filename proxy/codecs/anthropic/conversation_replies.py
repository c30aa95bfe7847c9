"""Replies of Messages as those of a conversation, and back, whole and as events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proxy.codecs import translatable
from proxy.codecs.anthropic import conversation as messages
from proxy.codecs.calls import render_arguments
from proxy.codecs.conversation import (
    ASSISTANT,
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
    Thinking,
    Usage,
)
from proxy.codecs.framing.sse import Sse
from proxy.codecs.reply_events import ReplyState, whole

#: Type of a delta -> the member that grows.
_GROWS = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
_BLOCKS = {"text": TEXT, "thinking": THINKING, "tool_use": CALL}
_LEFT_OUT = frozenset({"redacted_thinking"})

_WHY = {
    "end_turn": END,
    "max_tokens": LENGTH,
    "model_context_window_exceeded": LENGTH,
    "stop_sequence": SEQUENCE,
    "tool_use": CALLS,
}
_REASONS = {END: "end_turn", LENGTH: "max_tokens", SEQUENCE: "stop_sequence", CALLS: "tool_use", FILTERED: "refusal"}


def to_reply(document: Mapping[str, Any]) -> AssistantReply:
    return whole(MessageReader().whole(document))


def read_stop(message: Mapping[str, Any]) -> Stop:
    reason = message.get("stop_reason")
    return Stop(_WHY.get(str(reason), FILTERED) if reason else END, message.get("stop_sequence") or "")


def read_usage(usage: Any) -> Usage:
    """Return the tokens of a reply or event; those read from a cache and written to it count as the request's."""
    if not isinstance(usage, dict):
        return Usage()
    cached, sent = usage.get("cache_read_input_tokens"), usage.get("input_tokens")
    if sent is not None:
        sent += (cached or 0) + (usage.get("cache_creation_input_tokens") or 0)
    return Usage(sent, usage.get("output_tokens"), cached)


def write_usage(usage: Usage) -> dict[str, Any]:
    cached = usage.cached or 0
    tokens: dict[str, Any] = {"input_tokens": max((usage.input or 0) - cached, 0), "output_tokens": usage.output or 0}
    return tokens | ({"cache_read_input_tokens": cached} if usage.cached is not None else {})


def write_stop(stop: Stop) -> dict[str, Any]:
    return {"stop_reason": _REASONS[stop.why], "stop_sequence": stop.word or None}


def from_reply(reply: AssistantReply, _request: Mapping[str, Any]) -> dict[str, Any]:
    """Write a whole reply. Thinking is omitted: here it would need the seal of the model."""
    return {
        "id": reply.id,
        "type": "message",
        "role": ASSISTANT,
        "model": reply.model,
        "content": [messages.write_part(part) for part in reply.parts if not isinstance(part, Thinking)],
        **write_stop(reply.stop),
        "usage": write_usage(reply.usage),
    }


class MessageReader:
    """Implements ``ReplyReader``."""

    def __init__(self) -> None:
        self._open: dict[int, Channel | None] = {}  # None for omitted blocks

    def read(self, _name: str, event: dict[str, Any]) -> Iterator[Event]:
        kind = event.get("type")
        if kind == "message_start":
            message = event["message"]
            yield Start(message.get("id") or "", message.get("model") or "")
            yield read_usage(message.get("usage"))
        elif kind == "content_block_start":
            yield from self._start_block(event["index"], event["content_block"])
        elif kind == "content_block_delta":
            yield from self._add(self._open[event["index"]], event["delta"])
        elif kind == "content_block_stop":
            channel = self._open.pop(event["index"])
            yield from (Close(channel),) if channel is not None else ()
        elif kind == "message_delta":
            if event["delta"].get("stop_reason"):
                yield read_stop(event["delta"])
            yield read_usage(event.get("usage"))

    def whole(self, message: Mapping[str, Any]) -> Iterator[Event]:
        """Return what a whole reply says; raises as ``read``."""
        yield from self.read("", {"type": "message_start", "message": message})
        for index, block in enumerate(message["content"]):
            yield from self._start_block(index, block)
            yield from self.read("", {"type": "content_block_stop", "index": index})
        yield read_stop(message)

    def _add(self, channel: Channel | None, delta: Mapping[str, Any]) -> Iterator[Event]:
        if channel is not None and delta["type"] in _GROWS:
            yield Delta(channel, delta[_GROWS[delta["type"]]])

    def _start_block(self, index: int, block: Mapping[str, Any]) -> Iterator[Event]:
        if block["type"] in _LEFT_OUT:
            self._open[index] = None
            return
        if block["type"] not in _BLOCKS:
            raise ValueError("a block of a type that other dialects do not have")
        kind = _BLOCKS[block["type"]]
        channel = Channel(kind, index, block.get("id") or "", block.get("name") or "")
        self._open[index] = channel
        call_input = block.get("input")
        yield Delta(
            channel, (render_arguments(call_input) if call_input else "") if kind == CALL else block.get(kind) or ""
        )


class MessageWriter:
    """Implements ``ReplyWriter``. Thinking is omitted, as in a whole reply."""

    def __init__(self, _request: Mapping[str, Any]) -> None:
        self._open: dict[Channel, int] = {}
        self._blocks = 0
        self._state = ReplyState()

    def write(self, event: Event) -> Iterator[tuple[str, dict[str, Any]]]:
        if isinstance(event, Start):
            yield self._started(event)
        elif isinstance(event, Delta) and event.channel.kind != THINKING:
            yield from self._piece(event)
        elif isinstance(event, Close) and event.channel in self._open:
            yield self._stopped(event.channel)
        self._state.note(event)

    def end(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for channel in list(self._open):
            yield self._stopped(channel)
        delta = write_stop(self._state.stop)
        yield _event("message_delta", delta=delta, usage=write_usage(self._state.usage))
        yield _event("message_stop")

    def _started(self, event: Start) -> tuple[str, dict[str, Any]]:
        message = {"id": event.id, "type": "message", "role": "assistant", "model": event.model, "content": []}
        open_end = {"stop_reason": None, "stop_sequence": None, "usage": write_usage(self._state.usage)}
        return _event("message_start", message=message | open_end)

    def _piece(self, piece: Delta) -> Iterator[tuple[str, dict[str, Any]]]:
        channel = piece.channel
        if channel not in self._open:
            index = self._open[channel] = self._blocks
            self._blocks += 1
            block: dict[str, Any] = {"type": "text", "text": ""}
            if channel.kind == CALL:
                block = {"type": "tool_use", "id": channel.id, "name": channel.name, "input": {}}
            yield _event("content_block_start", index=index, content_block=block)
        if piece.text:
            kind = "input_json_delta" if channel.kind == CALL else "text_delta"
            delta = {"type": kind, _GROWS[kind]: piece.text}
            yield _event("content_block_delta", index=self._open[channel], delta=delta)

    def _stopped(self, channel: Channel) -> tuple[str, dict[str, Any]]:
        return _event("content_block_stop", index=self._open.pop(channel))


def _event(kind: str, **members: Any) -> tuple[str, dict[str, Any]]:
    return kind, {"type": kind, **members}


CONVERSATION = ConversationCodec(
    to_conversation=messages.to_conversation,
    from_conversation=messages.from_conversation,
    to_reply=to_reply,
    from_reply=from_reply,
    to_events=MessageReader,
    from_events=MessageWriter,
    framings=(Sse(),),
    headers={"anthropic-version": "2023-06-01"},
    paths=messages.PATHS,
    translatable=messages.KNOWN,
    omitted=translatable.SCHEMA_ALONE,
    rank=1,
)
