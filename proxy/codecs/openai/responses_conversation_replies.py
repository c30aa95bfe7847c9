"""Replies of Responses as those of a conversation, and back, whole and as events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proxy.codecs import translatable
from proxy.codecs.calls import render_arguments
from proxy.codecs.conversation import (
    ASSISTANT,
    CALL,
    CALLS,
    END,
    FILTERED,
    LENGTH,
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
from proxy.codecs.openai import responses_conversation as responses
from proxy.codecs.openai.tables import REFUSES
from proxy.codecs.reply_events import Channels, ReplyState, whole
from proxy.errors import UpstreamError

_GROWS = {
    "response.output_text.delta": TEXT,
    "response.refusal.delta": TEXT,
    "response.reasoning_text.delta": THINKING,
    "response.reasoning_summary_text.delta": THINKING,
}
_ENDS = frozenset({"response.completed", "response.incomplete"})
_ITEMS = frozenset({"message", "function_call", "reasoning"})
#: Kind of text -> the name in its events.
_NAMES = {TEXT: "output_text", THINKING: "reasoning_text", CALL: "function_call_arguments"}

_INCOMPLETE = {LENGTH: "max_output_tokens", FILTERED: "content_filter"}
_IDS = {TEXT: "msg", THINKING: "rs", CALL: "fc"}


def to_reply(document: Mapping[str, Any]) -> AssistantReply:
    return whole(ResponseReader().whole(document))


def read_stop(document: Mapping[str, Any], *, calls: bool) -> Stop:
    if document.get("status") not in {"completed", "incomplete", None}:
        raise ValueError("the target reported an error, or an unfinished response")
    if document.get("status") == "incomplete":
        reason = (document.get("incomplete_details") or {}).get("reason")
        return Stop(FILTERED if reason in REFUSES else LENGTH)
    return Stop(CALLS if calls else END)


def read_usage(usage: Any) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    cached = (usage.get("input_tokens_details") or {}).get("cached_tokens")
    return Usage(usage.get("input_tokens"), usage.get("output_tokens"), cached)


def _write_usage(usage: Usage) -> dict[str, Any]:
    sent, received = usage.input or 0, usage.output or 0
    details = {
        "input_tokens_details": {"cached_tokens": usage.cached or 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    return {"input_tokens": sent, "output_tokens": received, "total_tokens": sent + received, **details}


def item_id(kind: str, number: int) -> str:
    """Return the id of an item by its kind of channel and its place."""
    return f"{_IDS[kind]}_{number}"


def write_item(part: Text | Thinking | ToolCall, number: int) -> dict[str, Any]:
    """Return a complete item of a reply; ``number`` is its place."""
    if isinstance(part, ToolCall):
        return {"id": item_id(CALL, number), **responses.write_call(part), "status": "completed"}
    if isinstance(part, Thinking):
        reasoning = [{"type": "reasoning_text", "text": part.text}]
        members: dict[str, Any] = {"type": "reasoning", "summary": [], "content": reasoning}
        return {"id": item_id(THINKING, number), **members, "status": "completed"}
    content = [{"type": "output_text", "text": part.text, "annotations": [], "logprobs": []}]
    members = {"type": "message", "role": ASSISTANT, "content": content}
    return {"id": item_id(TEXT, number), **members, "status": "completed"}


def write_response(
    identity: str, model: str, items: Sequence[Mapping[str, Any]], stop: Stop | None, usage: Usage
) -> dict[str, Any]:
    """Return a response; without a stop it is in progress."""
    cut = stop is not None and stop.why in _INCOMPLETE
    done = "incomplete" if cut else "completed"
    return {
        "id": identity,
        "object": "response",
        "created_at": 0,
        "status": "in_progress" if stop is None else done,
        "error": None,
        "incomplete_details": {"reason": _INCOMPLETE[stop.why]} if stop is not None and cut else None,
        "instructions": None,
        "metadata": {},
        "model": model,
        "output": list(items),
        "parallel_tool_calls": True,
        "temperature": None,
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "store": False,
        "usage": None if stop is None else _write_usage(usage),
    }


def from_reply(reply: AssistantReply, _request: Mapping[str, Any]) -> dict[str, Any]:
    """Write a whole reply. It repeats nothing of the request."""
    items = [write_item(part, number) for number, part in enumerate(reply.parts)]
    return write_response(reply.id, reply.model, items, reply.stop, reply.usage)


class ResponseReader:
    """Implements ``ReplyReader``."""

    def __init__(self) -> None:
        self._channels = Channels()
        self._calls: dict[int, Channel] = {}  # by place in the output
        self._received: dict[tuple[Any, ...], list[str]] = {}  # place and number of a text -> its pieces

    def read(self, _name: str, event: dict[str, Any]) -> Iterator[Event]:
        kind = event.get("type")
        if kind == "response.created":
            yield _started(event["response"])
        elif kind in _GROWS:
            yield from self._add_text(_GROWS[kind], _channel_of(event), event["delta"])
        elif kind == "response.output_item.added":
            yield from self._start_item(event["item"], event["output_index"])
        elif kind == "response.function_call_arguments.delta":
            yield from self._add_arguments(event["output_index"], event["delta"])
        elif kind == "response.output_item.done":
            yield from self._finish_item(event["item"], event["output_index"])
        elif kind in _ENDS:
            yield from self._end(event["response"])
        elif kind == "response.failed":
            raise UpstreamError("the target reported an error inside its stream")

    def whole(self, response: Mapping[str, Any]) -> Iterator[Event]:
        """Return what a whole reply says; raises as ``read``."""
        yield _started(response)
        yield from self._end(response)

    def _start_item(self, item: Mapping[str, Any], index: int) -> Iterator[Event]:
        if item["type"] not in _ITEMS:
            raise ValueError("an item of a type that other dialects do not have")
        yield from self._channels.close()
        if item["type"] == "function_call":
            self._channels.calls += 1
            self._calls[index] = self._channels.open(CALL, item["call_id"], item["name"])
            self._received[(index,)] = []
            yield from self._add_arguments(index, item.get("arguments") or "")

    def _end(self, response: Mapping[str, Any]) -> Iterator[Event]:
        for index, item in enumerate(response.get("output") or ()):
            yield from self._finish_item(item, index)
        yield read_stop(response, calls=self._channels.calls > 0)
        yield read_usage(response.get("usage"))

    def _add_text(self, kind: str, channel: tuple[Any, ...], text: str) -> Iterator[Event]:
        self._received.setdefault(channel, []).append(text)
        yield from self._channels.delta(kind, text)

    def _add_arguments(self, index: int, text: str) -> Iterator[Event]:
        self._received[(index,)].append(text)
        yield Delta(self._calls[index], text)

    def _finish_item(self, item: Mapping[str, Any], index: int) -> Iterator[Event]:
        """Yield what no piece of a complete item has said: some servers send texts and arguments only here."""
        if item["type"] == "function_call":
            if (index,) not in self._received:
                yield from self._start_item(item, index)
            if index in self._calls:
                rest = self._rest((index,), item["arguments"])
                yield from self._add_arguments(index, rest) if rest else ()
                yield Close(self._calls.pop(index))
            return
        for kind, key, text in _texts(item, index):
            rest = self._rest(key, text)
            yield from self._add_text(kind, key, rest) if rest else ()

    def _rest(self, channel: tuple[Any, ...], whole: str) -> str:
        received = "".join(self._received.get(channel, ()))
        return whole.removeprefix(received) if whole.startswith(received) else ""


def _started(response: Mapping[str, Any]) -> Start:
    return Start(response.get("id") or "", response.get("model") or "")


def _channel_of(event: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return where a piece of a text belongs: the place of its item, the member there, and its number in that."""
    if "summary_index" in event:
        return event.get("output_index", 0), "summary", event["summary_index"]
    return event.get("output_index", 0), "content", event.get("content_index", 0)


def _texts(item: Mapping[str, Any], index: int) -> Iterator[tuple[str, tuple[Any, ...], str]]:
    """Yield kind, place and whole text of each text of a complete item.

    Raises:
        ValueError: no other dialect has such an item.

    """
    if item["type"] not in _ITEMS:
        raise ValueError("an item of a type that other dialects do not have")
    kind = THINKING if item["type"] == "reasoning" else TEXT
    for member in ("summary", "content"):
        for number, part in enumerate(item.get(member) or ()):
            yield kind, (index, member, number), part["refusal" if part["type"] == "refusal" else "text"]


@dataclass
class _Item:
    """An open item: its place, and its text so far."""

    channel: Channel
    index: int
    text: str = ""

    def render(self) -> dict[str, Any]:
        """Return the item as it is."""
        channel = self.channel
        if channel.kind != CALL:
            return write_item(Text(self.text) if channel.kind == TEXT else Thinking(self.text), self.index)
        return write_item(ToolCall(channel.id, channel.name, {}), self.index) | {"arguments": self.text}


class ResponseWriter:
    """Implements ``ReplyWriter``."""

    def __init__(self, _request: Mapping[str, Any]) -> None:
        self._open: dict[Channel, _Item] = {}
        self._complete: dict[int, dict[str, Any]] = {}
        self._number = 0
        self._state = ReplyState()

    def write(self, event: Event) -> Iterator[tuple[str, dict[str, Any]]]:
        self._state.note(event)
        if isinstance(event, Start):
            yield from (self._whole(kind) for kind in ("response.created", "response.in_progress"))
        elif isinstance(event, Delta):
            yield from self._piece(event)
        elif isinstance(event, Close) and event.channel in self._open:
            yield from self._close(event.channel)

    def end(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for channel in list(self._open):
            yield from self._close(channel)
        state = self._state
        items = [self._complete[index] for index in sorted(self._complete)]
        complete = write_response(state.start.id, state.start.model, items, state.stop, state.usage)
        yield self._event(f"response.{complete['status']}", response=complete)

    def _whole(self, kind: str) -> tuple[str, dict[str, Any]]:
        state = self._state
        return self._event(kind, response=write_response(state.start.id, state.start.model, [], None, state.usage))

    def _piece(self, piece: Delta) -> Iterator[tuple[str, dict[str, Any]]]:
        channel = piece.channel
        if channel not in self._open:
            item = self._open[channel] = _Item(channel, len(self._open) + len(self._complete))
            yield from self._added(item)
        if piece.text:
            item = self._open[channel]
            item.text += piece.text
            more: dict[str, Any] = {"logprobs": []} if channel.kind == TEXT else {}
            yield self._of(f"response.{_NAMES[channel.kind]}.delta", item, delta=piece.text, **more)

    def _added(self, item: _Item) -> Iterator[tuple[str, dict[str, Any]]]:
        begun = {**item.render(), "status": "in_progress"}
        content = begun.get("content")
        shown = begun if content is None else {**begun, "content": []}
        yield self._event("response.output_item.added", output_index=item.index, item=shown)
        if content is not None:
            yield self._of("response.content_part.added", item, part=content[0])

    def _close(self, channel: Channel) -> Iterator[tuple[str, dict[str, Any]]]:
        open_item = self._open.pop(channel)
        if channel.kind == CALL and not open_item.text:
            open_item.text = render_arguments({})
        item = self._complete[open_item.index] = open_item.render()
        members: dict[str, Any] = {"arguments": open_item.text, "name": channel.name}
        if channel.kind != CALL:
            members = {"text": open_item.text, **({"logprobs": []} if channel.kind == TEXT else {})}
        yield self._of(f"response.{_NAMES[channel.kind]}.done", open_item, **members)
        if channel.kind != CALL:
            yield self._of("response.content_part.done", open_item, part=item["content"][0])
        yield self._event("response.output_item.done", output_index=open_item.index, item=item)

    def _of(self, kind: str, item: _Item, **members: Any) -> tuple[str, dict[str, Any]]:
        """Return an event of one text of an item."""
        named = {"item_id": item_id(item.channel.kind, item.index), "output_index": item.index}
        return self._event(kind, **named, **({} if item.channel.kind == CALL else {"content_index": 0}), **members)

    def _event(self, kind: str, **members: Any) -> tuple[str, dict[str, Any]]:
        self._number += 1
        return kind, {"type": kind, "sequence_number": self._number - 1, **members}


CONVERSATION = ConversationCodec(
    to_conversation=responses.to_conversation,
    from_conversation=responses.from_conversation,
    to_reply=to_reply,
    from_reply=from_reply,
    to_events=ResponseReader,
    from_events=ResponseWriter,
    framings=(Sse(),),
    paths=responses.PATHS,
    translatable=responses.KNOWN,
    omitted={"ToolResult.failed": translatable.FAILED},
    rank=2,
)
