"""Replies of the Responses API as replies of a conversation; events as its SDK has them."""

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
from proxy.codecs.openai.responses_conversation_replies import ResponseReader, ResponseWriter, from_reply, to_reply
from proxy.errors import UpstreamError

MESSAGE = {"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": "a", "annotations": []}]}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": '{"x": 1}'}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "gA"}  # fmt: skip


def test_a_reply_is_read_without_its_seals():
    document = {"id": "i", "model": "m", "status": "completed", "output": [THOUGHT, MESSAGE, CALL],
                "usage": {"input_tokens": 4, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 1}}}  # fmt: skip
    wanted = (Thinking("hm"), Text("a"), ToolCall("call_1", "f", {"x": 1}))
    assert to_reply(document) == AssistantReply(wanted, Stop("calls"), Usage(4, 2, 1), "i", "m")


@pytest.mark.parametrize(("reason", "why"), [("max_output_tokens", "length"), ("content_filter", "filtered")])
def test_why_a_reply_is_incomplete(reason, why):
    document = {"status": "incomplete", "incomplete_details": {"reason": reason}, "output": [MESSAGE]}
    read = to_reply(document)
    assert read.stop == Stop(why)
    written = from_reply(read, {})
    assert (written["status"], written["incomplete_details"]) == ("incomplete", {"reason": reason})


@pytest.mark.parametrize("document", [{"output": [{"type": "web_search_call"}]}, {"output": [], "status": "failed"}])
def test_what_has_no_translation_is_refused(document):
    with pytest.raises(ValueError):
        to_reply(document)


def test_events_are_read():
    events = [
        {"type": "response.created", "response": {"id": "i", "model": "m"}},
        {"type": "response.output_item.added", "output_index": 0, "item": {**MESSAGE, "content": []}},
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "a"},
        {"type": "response.output_text.done", "output_index": 0, "text": "a"},
        {"type": "response.output_item.done", "output_index": 0, "item": MESSAGE},
        {"type": "response.output_item.added", "output_index": 1, "item": {**CALL, "arguments": ""}},
        {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": '{"x": 1}'},
        {"type": "response.output_item.done", "output_index": 1, "item": CALL},
        {"type": "response.completed", "response": {"status": "completed", "usage": {"input_tokens": 4, "output_tokens": 2}}},
    ]  # fmt: skip
    reader, text, call = ResponseReader(), Channel("text", 1), Channel("call", 2, "call_1", "f")
    assert [one for event in events for one in reader.read("", event)] == [
        Start("i", "m"), Delta(text, "a"), Close(text), Delta(call, ""), Delta(call, '{"x": 1}'), Close(call),
        Stop("calls"), Usage(4, 2)]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        ({"type": "response.failed", "response": {}}, UpstreamError),
        ({"type": "response.output_item.added", "output_index": 0, "item": {"type": "mcp_call"}}, ValueError),
    ],
)
def test_events_without_a_translation_are_refused(event, fault):
    with pytest.raises(fault):
        list(ResponseReader().read("", event))


def test_events_are_written_in_order_and_numbered():
    text, call = Channel("text", 1), Channel("call", 2, "t", "f")
    writer = ResponseWriter({})
    events = [Start("i", "m"), Delta(text, "a"), Delta(text, "b"), Close(text), Delta(call, ""), Stop("calls"), Usage(4, 2)]  # fmt: skip
    made = [one for event in events for one in writer.write(event)] + list(writer.end())
    assert [name.removeprefix("response.") for name, _ in made] == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta", "output_text.delta",
        "output_text.done", "content_part.done", "output_item.done", "output_item.added", "function_call_arguments.done",
        "output_item.done", "completed"]  # fmt: skip
    assert [event["sequence_number"] for _, event in made] == list(range(13))
    whole = made[-1][1]["response"]
    assert (whole["output"][0]["content"][0]["text"], whole["output"][1]["arguments"]) == ("ab", "{}")
    assert (whole["output"][1]["call_id"], whole["usage"]["total_tokens"]) == ("t", 6)
