"""Replies of ``generateContent`` as replies of a conversation."""

from __future__ import annotations

import pytest

from proxy.codecs.conversation import (
    AssistantReply,
    Channel,
    Close,
    Delta,
    Start,
    Stop,
    Text,
    Thinking,
    ToolCall,
    Usage,
)
from proxy.codecs.gemini.conversation_replies import CONVERSATION, ContentReader, ContentWriter, from_reply, to_reply
from proxy.core.wire import Incoming


def said(*parts, **more):
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, "index": 0, **more}], "modelVersion": "m", "responseId": "i"}  # fmt: skip


def test_a_reply_is_read_without_its_seals():
    document = said({"text": "hm", "thought": True}, {"text": "a", "thoughtSignature": "Eq"}, {"functionCall": {"name": "f", "args": {"x": 1}}}, finishReason="STOP")  # fmt: skip
    document["usageMetadata"] = {"promptTokenCount": 4, "candidatesTokenCount": 2, "thoughtsTokenCount": 3}
    wanted = (Thinking("hm"), Text("a"), ToolCall("call_1", "f", {"x": 1}))
    assert to_reply(document) == AssistantReply(wanted, Stop("calls"), Usage(4, 5), "i", "m")


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"promptFeedback": {"blockReason": "SAFETY"}}, "filtered"),
        (said({"text": "a"}, finishReason="RECITATION"), "filtered"),
        (said({"text": "a"}, finishReason="MAX_TOKENS"), "length"),
        (said({"text": "a"}, finishReason="STOP"), "end"),
    ],
)
def test_why_a_reply_ended(document, why):
    assert to_reply(document).stop.why == why


@pytest.mark.parametrize(
    "document", [said({"executableCode": {}}), {"candidates": [{}, {}]}, said({"functionCall": {"partialArgs": []}})]
)
def test_what_has_no_translation_is_refused(document):
    with pytest.raises(ValueError):
        to_reply(document)


def test_a_reply_is_written():
    made = from_reply(
        AssistantReply((Thinking("hm"), ToolCall("t", "f", {"x": 1})), Stop("filtered"), Usage(4, 2, 1), "i", "m"), {}
    )
    assert made["candidates"][0]["content"]["parts"] == [
        {"text": "hm", "thought": True}, {"functionCall": {"id": "t", "name": "f", "args": {"x": 1}}}]  # fmt: skip
    assert made["candidates"][0]["finishReason"] == "SAFETY"
    assert made["usageMetadata"]["cachedContentTokenCount"] == 1


def test_events_are_read():
    reader = ContentReader()
    events = [said({"text": "a"}), said({"text": "b"}), said({"functionCall": {"name": "f", "args": {}}}), said({"text": ""}, finishReason="STOP")]  # fmt: skip
    text, call = Channel("text", 1), Channel("call", 2, "call_1", "f")
    assert [one for event in events for one in reader.read("", event)] == [
        Start("i", "m"), Delta(text, "a"), Delta(text, "b"), Close(text), Delta(call, "{}"), Close(call), Stop("calls")]  # fmt: skip


def test_the_last_event_has_a_part_since_clients_want_one():
    writer = ContentWriter({})
    made = [
        one for event in (Start("i", "m"), Delta(Channel("text", 1), "a"), Usage(1, 2)) for one in writer.write(event)
    ]
    [(_, last)] = writer.end()
    assert len(made) == 1
    assert (last["candidates"][0]["content"]["parts"], last["candidates"][0]["finishReason"]) == (
        [{"text": ""}],
        "STOP",
    )


@pytest.mark.parametrize(("query", "media"), [({"alt": "sse"}, "text/event-stream"), ({}, "application/json")])
def test_a_caller_awaits_what_it_asked_for(query, media):
    assert CONVERSATION.media(Incoming(b"", query=query)) == media
