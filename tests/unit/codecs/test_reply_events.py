"""Parts become events of channels, and events parts that can be said."""

from __future__ import annotations

import pytest

from proxy.codecs.conversation import Channel, Close, Delta, Start, Stop, Text, Thinking, ToolCall, Usage
from proxy.codecs.reply_events import Channels, ReplyState


def test_a_run_of_one_kind_is_one_channel_and_every_call_one_of_its_own():
    channels = Channels()
    parts = [Thinking("a"), Text("b"), Text("c"), ToolCall("1", "f", {"x": 1}), Text("d")]
    events = [event for part in parts for event in channels.part(part)]
    pieces = [(event.channel.kind, event.channel.number, event.text) for event in events if isinstance(event, Delta)]
    assert pieces == [
        ("thinking", 1, "a"),
        ("text", 2, "b"),
        ("text", 2, "c"),
        ("call", 3, '{"x":1}'),
        ("text", 4, "d"),
    ]
    assert [event.channel.number for event in events if isinstance(event, Close)] == [1, 2, 3]
    assert channels.calls == 1


def test_texts_are_said_as_they_come_and_calls_when_they_are_complete():
    told, one, two = ReplyState(), Channel("call", 1, "1", "f"), Channel("call", 2, "2", "g")
    events = [Start("i", "m"), Delta(Channel("text", 0), "a"), Delta(Channel("text", 0), ""), Delta(one, '{"x"'),
              Delta(two, ""), Delta(one, ":1}"), Close(one), Stop("length"), Usage(1), Usage(None, 2)]  # fmt: skip
    assert [part for event in events for part in told.take(event)] == [Text("a"), ToolCall("1", "f", {"x": 1})]
    assert (list(told.rest()), told.start, told.stop, told.usage) == (
        [ToolCall("2", "g", {})], Start("i", "m"), Stop("length"), Usage(1, 2))  # fmt: skip


def test_arguments_that_are_no_object_are_refused():
    told, one = ReplyState(), Channel("call", 1, "1", "f")
    list(told.take(Delta(one, "[1]")))
    with pytest.raises(ValueError):
        list(told.take(Close(one)))
