"""Replies of ``generateContent`` as those of a conversation, and back, whole and as events. Calls come whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proxy.codecs import translatable
from proxy.codecs.conversation import (
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
from proxy.codecs.framing.json_array import JsonArray
from proxy.codecs.framing.sse import Sse
from proxy.codecs.gemini import conversation as content
from proxy.codecs.reply_events import Channels, ReplyState, whole
from proxy.core.wire import EVENTS, JSON, Incoming

_WHY = {"MAX_TOKENS": LENGTH, "STOP": END}
_REASONS = {END: "STOP", SEQUENCE: "STOP", CALLS: "STOP", LENGTH: "MAX_TOKENS", FILTERED: "SAFETY"}
_UNFINISHED = (None, "", "FINISH_REASON_UNSPECIFIED")


def to_reply(document: Mapping[str, Any]) -> AssistantReply:
    if len(document.get("candidates") or ()) > 1:
        raise ValueError("a second answer has no translation")
    return whole(ContentReader().read("", dict(document)))


def read_parts(candidate: Mapping[str, Any], before: int = 0) -> Iterator[Text | Thinking | ToolCall]:
    """Yield the parts of a candidate; ``before`` counts the calls so far, which numbers those without an id.

    Raises:
        ValueError: a part cannot be translated.

    """
    for part in (candidate.get("content") or {}).get("parts") or ():
        if "text" in part and not part["text"]:
            continue  # the end of a stream, for clients that expect a part
        if "text" in part:
            yield Thinking(part["text"]) if part.get("thought") is True else Text(part["text"])
        elif "functionCall" in part and "partialArgs" not in part["functionCall"]:
            before += 1
            call = part["functionCall"]
            yield ToolCall(call.get("id") or f"call_{before}", call["name"], call.get("args") or {})
        else:
            raise ValueError("a part of a type that other dialects do not have")


def read_stop(event: Mapping[str, Any], *, calls: bool) -> Stop | None:
    """Return why a reply ended, None for an event of one that continues."""
    if (event.get("promptFeedback") or {}).get("blockReason"):
        return Stop(FILTERED)
    finish_reasons = (candidate.get("finishReason") for candidate in event.get("candidates") or ())
    ended = next((reason for reason in finish_reasons if reason not in _UNFINISHED), None)
    if ended is None:
        return None
    why = _WHY.get(ended, FILTERED)
    return Stop(CALLS if calls and why == END else why)


def read_usage(usage: Any) -> Usage:
    """Return the tokens of a reply or event; thinking counts as the reply's."""
    if not isinstance(usage, dict):
        return Usage()
    answered, thought = usage.get("candidatesTokenCount"), usage.get("thoughtsTokenCount")
    output = None if answered is None and thought is None else (answered or 0) + (thought or 0)
    return Usage(usage.get("promptTokenCount"), output, usage.get("cachedContentTokenCount"))


def write_usage(usage: Usage) -> dict[str, Any]:
    sent, received = usage.input or 0, usage.output or 0
    counts = {"promptTokenCount": sent, "candidatesTokenCount": received, "totalTokenCount": sent + received}
    return counts | ({"cachedContentTokenCount": usage.cached} if usage.cached is not None else {})


def write_stop(stop: Stop) -> str:
    return _REASONS[stop.why]


def write_part(part: Text | Thinking | ToolCall) -> dict[str, Any]:
    return {"text": part.text, "thought": True} if isinstance(part, Thinking) else content.write_part(part, {})


def from_reply(reply: AssistantReply, _request: Mapping[str, Any]) -> dict[str, Any]:
    content = {"role": "model", "parts": [write_part(part) for part in reply.parts]}
    return {
        "candidates": [{"content": content, "finishReason": write_stop(reply.stop), "index": 0}],
        "usageMetadata": write_usage(reply.usage),
        "modelVersion": reply.model,
        "responseId": reply.id,
    }


class ContentReader:
    """Implements ``ReplyReader``."""

    def __init__(self) -> None:
        self._channels = Channels()

    def read(self, _name: str, event: dict[str, Any]) -> Iterator[Event]:
        yield from self._channels.start(event.get("responseId"), event.get("modelVersion"))
        for candidate in event.get("candidates") or ():
            if candidate.get("index", 0) != 0:
                raise ValueError("a second answer has no translation")
            for part in read_parts(candidate, self._channels.calls):
                yield from self._channels.part(part)
        if event.get("usageMetadata"):
            yield read_usage(event["usageMetadata"])
        stop = read_stop(event, calls=self._channels.calls > 0)
        if stop is not None:
            yield stop


class ContentWriter:
    """Implements ``ReplyWriter``. A call is written when its arguments are complete."""

    def __init__(self, _request: Mapping[str, Any]) -> None:
        self._state = ReplyState()

    def write(self, event: Event) -> Iterator[tuple[str, dict[str, Any]]]:
        for part in self._state.take(event):
            yield "", self._event(write_part(part))

    def end(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return the last events; the very last has an empty text, since clients expect a part."""
        state = self._state
        for part in state.rest():
            yield "", self._event(write_part(part))
        last = self._event({"text": ""})
        last["candidates"][0]["finishReason"] = write_stop(state.stop)
        yield "", {**last, "usageMetadata": write_usage(state.usage)}

    def _event(self, part: dict[str, Any]) -> dict[str, Any]:
        head = {"modelVersion": self._state.start.model, "responseId": self._state.start.id}
        return {"candidates": [{"content": {"parts": [part], "role": "model"}, "index": 0}], **head}


def _media(incoming: Incoming) -> str:
    return EVENTS if incoming.query.get("alt") == "sse" else JSON


CONVERSATION = ConversationCodec(
    to_conversation=content.to_conversation,
    from_conversation=content.from_conversation,
    to_reply=to_reply,
    from_reply=from_reply,
    to_events=ContentReader,
    from_events=ContentWriter,
    framings=(Sse(), JsonArray(ends_with_body=False)),
    media=_media,
    marks={JSON: (b"[", b"]")},
    query={"alt": "sse"},
    paths=content.PATHS,
    translatable=content.KNOWN,
    omitted={
        **translatable.SCHEMA_ALONE,
        "Tool.strict": translatable.STRICT,
    },
    rank=4,
)
