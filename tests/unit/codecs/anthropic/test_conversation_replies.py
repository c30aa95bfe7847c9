"""Replies of Anthropic's Messages as replies of a conversation; events as its documentation of streaming has them."""

from __future__ import annotations

import pytest

from proxy.codecs.anthropic.conversation_replies import MessageReader, MessageWriter, from_reply, to_reply
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
from testing.dialects.samples.anthropic import MESSAGES


def test_a_reply_is_read_without_its_seals():
    document = {"id": "msg_1", "model": "m", "content": [
        {"type": "thinking", "thinking": "hm", "signature": "EqoB"}, {"type": "redacted_thinking", "data": "x"},
        {"type": "text", "text": "a", "citations": []}, {"type": "tool_use", "id": "t", "name": "f", "input": {"x": 1}}],
        "stop_reason": "tool_use", "usage": {"input_tokens": 1, "cache_read_input_tokens": 2, "cache_creation_input_tokens": 4, "output_tokens": 3}}  # fmt: skip
    assert to_reply(document) == AssistantReply(
        (Thinking("hm"), Text("a"), ToolCall("t", "f", {"x": 1})), Stop("calls"), Usage(7, 3, 2), "msg_1", "m"
    )


def test_a_reply_is_written_without_thinking():
    made = from_reply(
        AssistantReply((Thinking("hm"), Text("a")), Stop("sequence", "end"), Usage(7, 3, 2), "i", "m"), {}
    )
    assert made["content"] == [{"type": "text", "text": "a"}]
    assert (made["stop_reason"], made["stop_sequence"]) == ("stop_sequence", "end")
    assert made["usage"] == {"input_tokens": 5, "output_tokens": 3, "cache_read_input_tokens": 2}


@pytest.mark.parametrize("reply", MESSAGES.replies)
def test_what_a_provider_ran_itself_has_no_translation(reply):
    with pytest.raises(ValueError):
        to_reply(reply)


def test_a_stream_is_read():
    searched = {event["index"] for _, event in MESSAGES.streams[0] if "tool_result" in str(event.get("content_block"))}
    events = [(name, event) for name, event in MESSAGES.streams[0] if event.get("index") not in searched]
    reader = MessageReader()
    read = [one for name, event in events for one in reader.read(name, event)]
    texts = {}
    for one in read:
        if isinstance(one, Delta):
            texts[one.channel.kind] = texts.get(one.channel.kind, "") + one.text
    assert texts == {"thinking": "They greeted me.", "text": "Yes, indeed.", "call": '{"who": "somebody"}'}
    assert read[-2:] == [Stop("calls"), Usage(None, 9)]


def test_a_stream_is_written():
    text, call, more = Channel("text", 1), Channel("call", 2, "t", "f"), Channel("call", 3, "u", "g")
    writer = MessageWriter({})
    events = [Start("i", "m"), Delta(Channel("thinking", 0), "hm"), Delta(text, "a"), Close(text), Delta(call, '{"x"'),
              Delta(more, ""), Delta(call, ":1}"), Close(call), Usage(4, 2)]  # fmt: skip
    made = [one for event in events for one in writer.write(event)] + list(writer.end())
    assert [(name, event.get("index")) for name, event in made] == [
        ("message_start", None), ("content_block_start", 0), ("content_block_delta", 0), ("content_block_stop", 0),
        ("content_block_start", 1), ("content_block_delta", 1), ("content_block_start", 2), ("content_block_delta", 1),
        ("content_block_stop", 1), ("content_block_stop", 2), ("message_delta", None), ("message_stop", None)]  # fmt: skip
    assert made[-2][1]["usage"] == {"input_tokens": 4, "output_tokens": 2}
