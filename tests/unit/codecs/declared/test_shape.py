from __future__ import annotations

import pytest

from proxy.codecs.declared.shape import GrowingShape, Growth
from proxy.codecs.reply import ReplyTable
from proxy.codecs.stream import every_channel
from proxy.core.replies.position import Role

TABLE = ReplyTable(structural=frozenset({"type", "part"}), keys=frozenset(), documents=frozenset({"args"}))


def shape(*grows, **more):
    return GrowingShape(TABLE, Growth(grows, **more))


def channels(one, event):
    return [piece.channel for piece in one.read("", event).pieces]


def test_texts_grow_at_their_paths_and_a_tail_stands_there():
    one = shape("say", "tool.args")
    meaning = one.read("", {"type": "bit", "say": "a", "tool": {"args": "{"}, "other": "b"})
    assert [(piece.key, piece.position.document) for piece in meaning.pieces] == [("say", False), ("args", True)]
    assert one.tail(meaning.pieces[0].channel, "x") == ("", {"type": "bit", "say": "x"})
    assert one.tail(meaning.pieces[1].channel, "x") == ("", {"type": "bit", "tool": {"args": "x"}})


@pytest.mark.parametrize(
    ("calls", "path", "events", "tools"),
    [
        ({"did.x": "what"}, "did.x", [{"did": {"what": "run", "x": "{"}}, {"did": {"x": "}"}}], ["run", "run"]),
        ({"did.x": "what"}, "did.x", [{"did": {"what": "run"}}, {"did": {"x": "{"}}], ["run"]),
        ({"did.x": "what"}, "did.x", [{"did": {"what": "run"}}, {"did": {"what": "rm", "x": "{"}}], ["run\0rm"]),
        ({"a.b": "c"}, "call.arguments", [{"call": {"name": "run", "arguments": "{"}}], ["run"]),
        ({"a.b": "c"}, "robot_call.do", [{"robot_call": {"do": "{"}}], [""]), ({"a.b": "c"}, "say", [{"say": "a"}], [None]),
        ({}, "call.arguments", [{"call": {"name": "run", "arguments": "{"}}], [None]),
    ],
)  # fmt: skip
def test_what_a_called_tool_receives(calls, path, events, tools):
    one = GrowingShape(ReplyTable(structural=frozenset(), calls=calls), Growth((path,)))
    found = [piece.position for event in events for piece in one.read("", event).pieces]
    assert [place.tool if place.role is Role.ARGUMENTS else None for place in found] == tools


def test_elements_of_a_list_are_told_apart_by_a_member_or_their_place():
    one = shape("parts[*].say", by="part")
    first = channels(one, {"parts": [{"part": "a", "say": "1"}, {"part": "b", "say": "2"}, {"say": "3"}]})
    second = channels(one, {"parts": [{"part": "b", "say": "2"}, {"part": "a", "say": "1"}, {"say": "3"}]})
    assert len(set(first)) == 3
    assert second == [first[1], first[0], first[2]]
    assert one.tail(first[1], "x")[1] == {"parts": [{"say": "x", "part": "b"}]}
    assert one.tail(first[2], "x")[1] == {"parts": [{}, {}, {"say": "x"}]}


def test_a_member_of_the_event_tells_texts_apart_too():
    one = shape("say", by="part")
    first, second = channels(one, {"part": 0, "say": "a"}), channels(one, {"part": 1, "say": "a"})
    assert first != second
    assert one.tail(second[0], "x")[1] == {"part": 1, "say": "x"}


@pytest.mark.parametrize("told", ["Ada Byron", True, 10**9, ["x"], None])
def test_what_might_be_a_text_is_never_said_again(told):
    one = shape("say", by="part")
    [channel] = channels(one, {"part": told, "say": "a"})
    assert one.tail(channel, "x")[1] == {"say": "x"}


def test_a_tail_says_what_a_former_event_said_not_that_all_is_said():
    one = shape("say", ends="type", last=("end",))
    [channel] = channels(one, {"type": "bit", "say": "a", "free": "Ada"})
    ending = one.read("", {"type": "end"})
    assert (ending.ends, ending.closes) == (True, every_channel)
    assert one.tail(channel, "x")[1] == {"type": "bit", "say": "x"}


@pytest.mark.parametrize(
    ("last", "said", "ends"),
    [((), True, True), ((), "stop", True), ((), False, False), ((), None, False), ((True,), 1, False), ((1,), 1, True)],
)
def test_the_member_that_ends_a_stream_says_so_by_its_value(last, said, ends):
    assert shape("say", ends="done", last=last).read("", {"done": said}).ends is ends


def test_an_error_is_one_and_an_event_of_too_many_places_is_refused():
    one = shape("parts[*].say", fails=("error", "why.not"))
    assert one.read("", {"error": {"message": "x"}}).fails
    assert one.read("", {"why": {"not": "x"}}).fails
    assert not one.read("", {"error": None, "parts": "odd"}).fails
    with pytest.raises(ValueError):
        one.read("", {"parts": [{}] * 65})
