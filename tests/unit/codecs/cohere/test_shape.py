from __future__ import annotations

import pytest

from proxy.codecs.cohere.shape import ChatShape
from proxy.codecs.stream import every_channel


def read(kind, delta=None, **more):
    return ChatShape().read(kind, {"type": kind, "delta": delta, **more})


def said(meaning):
    return {piece.channel: piece.holder[piece.key] for piece in meaning.pieces}


@pytest.mark.parametrize("kind", ["content-start", "content-delta"])
@pytest.mark.parametrize("member", ["text", "thinking"])
def test_texts_grow_by_block_and_kind(kind, member):
    assert said(read(kind, {"message": {"content": {member: "a"}}}, index=2)) == {(member, 2): "a"}


def test_a_plan_and_the_arguments_of_calls_grow():
    assert said(read("tool-plan-delta", {"message": {"tool_plan": "a"}})) == {("tool_plan", 0): "a"}
    for kind in ("tool-call-start", "tool-call-delta"):
        (piece,) = read(kind, {"message": {"tool_calls": {"function": {"arguments": "{"}}}}, index=1).pieces
        assert (piece.channel, piece.position.document) == (("arguments", 1), True)


def test_a_block_closes_its_own_texts():
    closes = read("content-end", index=1).closes
    assert set(closes) == {("text", 1), ("thinking", 1)}
    assert set(read("tool-call-end", index=1).closes) == {("arguments", 1)}
    assert read("message-end", {"finish_reason": "COMPLETE"}).closes is every_channel


@pytest.mark.parametrize("delta", [{"finish_reason": "ERROR"}, {"error": "it broke", "finish_reason": "COMPLETE"}])
def test_an_end_that_tells_of_a_failure_is_no_end(delta):
    assert read("message-end", delta).fails


@pytest.mark.parametrize(
    "channel", [("text", 0), ("thinking", 3), ("tool_plan", 0), ("arguments", 1)], ids=lambda channel: channel[0]
)
def test_what_is_added_to_a_channel_is_read_as_its_piece(channel):
    name, event = ChatShape().tail(channel, "a")
    assert name == event["type"]
    assert said(ChatShape().read(name, event)) == {channel: "a"}


def test_what_says_more_than_its_text_is_sent_without_it_too():
    delta = {"message": {"content": {"text": "a"}}}
    assert read("content-delta", delta).droppable
    assert not read("content-delta", delta, logprobs={"text": "a"}).droppable
    assert not read("content-start", delta).droppable


@pytest.mark.parametrize("event", [{}, {"type": 5}, {"type": "content-delta", "index": "a"}])
def test_what_is_no_event_is_refused(event):
    with pytest.raises(ValueError):
        ChatShape().read("", event)
