"""Tool calls that a server numbers badly (all habits: ``tests/property/test_tool_calls.py``), and chunks of content."""

from __future__ import annotations

import orjson
import pytest

from proxy.codecs.openai.apis import CHAT
from proxy.codecs.openai.chat_shape import ChoicesShape
from proxy.core.replies.position import Role
from proxy.core.replies.reply import ReplyFilters
from testing.fakes import DONE, SSN, FakeDetector, delta

NAME = "Name_BCDFGHJKLM"


def rewritten(*calls):
    """Return the deltas of a stream with one list of tool calls per event."""
    stream = CHAT.stream(ReplyFilters({NAME: "Ada"}, frozenset({"US_SSN"}), FakeDetector().scan).make)
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
    assert (made[1]["function"]["arguments"], rest) == ("", [call('{"b":"[US_SSN]"}', index=1)])


def test_a_call_that_was_left_open_goes_on_under_its_id():
    made = rewritten(
        [call('{"a":"Name_B', id="call_a", index=0)], [call('{"b":', id="call_b", index=0)],
        [call('CDFGHJKLM"}', id="call_a", index=0)], [call('"x"}', id="call_b", index=0)],
    )  # fmt: skip
    assert made[-3] == [call('{"a":"Ada"}', id="call_a", index=0)]
    assert made[-1] == [call('{"b":"x"}', id="call_b", index=1)]


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
    stream = CHAT.stream(ReplyFilters({NAME: "Ada"}, frozenset(), FakeDetector().scan).make)
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
    stream = CHAT.stream(make, "", told.append)
    out = stream.feed(delta(content=[SIGNED])) + stream.feed(delta("signature", finish="stop") + DONE)
    assert told == ["Name_EqoB"]
    assert b'"signature":"Name_EqoB"' in out.replace(b": ", b":")


def said(*contents, finish="stop"):
    """Return the contents that a client gets of a stream with these in its deltas."""
    stream = CHAT.stream(ReplyFilters({NAME: "Ada"}, frozenset({"US_SSN"}), FakeDetector().scan).make)
    out = b"".join([stream.feed(delta(content=one)) for one in contents]) + stream.feed(delta(finish=finish))
    events = [orjson.loads(one[6:]) for one in (out + stream.feed(DONE)).split(b"\n\n") if one.startswith(b"data: {")]
    return [choice["delta"].get("content") for event in events for choice in event["choices"]]


def thinking(text):
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}


def chunk(text):
    return {"type": "text", "text": text}


def test_chunks_of_one_kind_are_one_text():
    made = said([chunk("Dear Name_B")], [chunk("CDFGHJKLM")], [chunk("!")])
    assert "".join(one["text"] for content in made for one in content or ()) == "Dear Ada!"
    assert {one["type"] for content in made for one in content or ()} == {"text"}


def test_what_thoughts_hold_is_said_before_the_answer_begins():
    made = said([thinking("of Name_BCDFGHJKLM")], "Yes, Name_B", "CDFGHJKLM", [chunk("and Name_BCDFGHJKLM")])
    flat = [one for content in made for one in (content if isinstance(content, list) else [content]) if one]
    assert flat[:2] == [thinking("of "), thinking("Ada")]
    assert "".join(one if isinstance(one, str) else one.get("text", "") for one in flat) == "Yes, Adaand Ada"


def test_chunks_of_two_kinds_in_one_event_keep_what_is_theirs():
    first, rest, _ = said([thinking("of Name_BCDFGHJKLM"), chunk("Yes")])
    assert first[0] == thinking("of Ada")
    assert first[1]["text"] + rest[0]["text"] == "Yes"


def test_a_signature_is_never_divided():
    held = {**thinking("a"), "signature": "Name_"}
    assert said([held])[0][0]["signature"] == "Name_"


def test_a_chunk_of_no_kind_that_is_a_word_is_refused():
    with pytest.raises(ValueError):
        said([{"type": "a whole sentence", "text": "a"}])


@pytest.mark.parametrize("member", ["arguments", "input", "args", "params", "parameters", "tool_input"])
@pytest.mark.parametrize("received", ["x", {"who": "x"}, {"who": {"deep": "x"}}])
def test_what_nobody_knows_receives_arguments_by_its_member(member, received):
    delta = {"actions": [{"name": "bash", member: received}], "command": {"tool": "bash", member: received}}
    pieces = ChoicesShape().read("", {"choices": [{"index": 0, "delta": delta}]}).pieces
    found = [(piece.position.role, piece.position.tool) for piece in pieces if piece.holder[piece.key] == "x"]
    assert found == [(Role.ARGUMENTS, "")] * 2
