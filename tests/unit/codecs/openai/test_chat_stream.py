"""Where streamed tool calls go that a server numbers badly. All habits: ``tests/property/test_tool_calls.py``."""

from __future__ import annotations

import orjson
import pytest

from proxy.codecs.openai.chat import CHAT
from proxy.codecs.openai.chat_stream import ChatStream, rewriter
from proxy.core.replies.reply import ReplyFilters
from testing.fakes import DONE, SSN, FakeDetector, delta

NAME = "Name_BCDFGHJKLM"


def rewritten(*calls):
    """Return the deltas of a stream with one list of tool calls per event."""
    stream = ChatStream(ReplyFilters({NAME: "Ada"}, frozenset({"US_SSN"}), FakeDetector().scan).make)
    out = b"".join([stream.feed(delta(tool_calls=list(one))) for one in calls]) + stream.feed(DONE)
    events = [orjson.loads(one[6:]) for one in out.split(b"\n\n") if one.startswith(b"data: {")]
    return [choice["delta"].get("tool_calls", []) for event in events for choice in event["choices"]]


def call(arguments, **members):
    return {"function": {"arguments": arguments}, **members}


@pytest.mark.parametrize("number", [{"index": 0}, {}])
def test_a_finished_call_is_said_to_its_end_before_the_next_one_begins(number):
    made = rewritten(
        [call('{"a":"Name_BCDFGHJKLM"}', id="call_a", **number)], [call('{"b":"x"}', id="call_b", **number)]
    )
    assert made[1] == [call('{"a":"Ada"}', **number)]  # no id: a further piece of the call that was begun last
    assert [one.get("id") for event in made for one in event] == ["call_a", None, "call_b", None]


def test_two_whole_calls_in_one_event_keep_what_is_theirs():
    [made, rest] = rewritten(
        [call('{"a":"Name_BCDFGHJKLM"}', id="call_a", index=0), call(f'{{"b":"{SSN}"}}', id="call_b", index=0)]
    )
    assert made[0]["function"]["arguments"] == '{"a":"Ada"}'
    assert (made[1]["function"]["arguments"], rest) == ("", [call('{"b":"[US_SSN]"}', index=0)])


def test_a_call_that_was_left_open_goes_on_under_its_id():
    made = rewritten(
        [call('{"a":"Name_B', id="call_a", index=0)], [call('{"b":', id="call_b", index=0)],
        [call('CDFGHJKLM"}', id="call_a", index=0)], [call('"x"}', id="call_b", index=0)],
    )  # fmt: skip
    assert made[-3] == [call('{"a":"Ada"}', id="call_a", index=0)]
    assert made[-1] == [call('{"b":"x"}', id="call_b", index=0)]


def test_a_call_without_an_id_ends_where_another_name_is_called():
    first = {"index": 0, "function": {"name": "f", "arguments": '{"a":"Name_BCDFGHJKLM"}'}}
    second = {"index": 0, "function": {"name": "g", "arguments": '{"b":1}'}}
    made = rewritten([first], [second])
    assert made[1] == [call('{"a":"Ada"}', index=0)]
    assert made[2][0]["function"]["name"] == "g"


def test_an_id_that_comes_late_names_the_call_that_was_begun():
    made = rewritten([call('{"a":"Name_B', index=0)], [call('CDFGHJKLM"}', id="call_a", index=0)])
    assert "".join(one["function"]["arguments"] for event in made for one in event) == '{"a":"Ada"}'


def test_deeper_lists_and_objects_get_back_what_is_theirs():
    stream = ChatStream(ReplyFilters({NAME: "Ada"}, frozenset(), FakeDetector().scan).make)
    out = stream.feed(delta(a={"b": [{"c": {"d": "Name_B"}}]}, finish="stop"))
    assert orjson.loads(out[6:])["choices"][0]["delta"] == {"a": {"b": [{"c": {"d": "Name_B"}}]}}
    stream.feed(delta("x", index=1, a={"b": [{"id": "n", "c": {"d": "Name_B"}}]}))
    ended = stream.feed(DONE)
    assert orjson.loads(ended[6:].split(b"\n\n")[0])["choices"] == [
        {"index": 1, "delta": {"a": {"b": [{"c": {"d": "Name_B"}}]}}, "finish_reason": None}
    ]


@pytest.mark.parametrize("make", [None, ReplyFilters({NAME: "Ada"}, frozenset(), FakeDetector().scan).make])
def test_an_end_marker_needs_no_blank_line(make):
    stream = CHAT.stream(make)
    out = stream.feed(delta("x Name_") + b"data: [DONE]\n") + stream.finish()
    assert (stream.complete, out.count(b"Name_"), out.endswith(b"data: [DONE]\n\n")) == (True, 1, True)


SIGNED = {"type": "thinking", "thinking": [{"type": "text", "text": "of Name_BCDFGHJKLM"}], "signature": "Name_EqoB"}


@pytest.mark.parametrize("make", [None, ReplyFilters({NAME: "Ada"}, frozenset(), FakeDetector().scan).make])
def test_signatures_of_thoughts_are_told_and_stay(make):
    told = []
    stream = rewriter(make, told.append)
    out = stream.feed(delta(content=[SIGNED])) + stream.feed(delta("signature", finish="stop") + DONE)
    assert told == ["Name_EqoB"]
    assert b'"signature":"Name_EqoB"' in out.replace(b": ", b":")
