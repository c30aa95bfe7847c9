"""Chunks of content, told apart by their type. Tool calls: ``test_chat_stream.py``."""

from __future__ import annotations

import orjson
import pytest

from proxy.codecs.openai.chat_stream import ChatStream
from proxy.core.replies.reply import ReplyFilters
from testing.fakes import DONE, FakeDetector, delta

NAME = "Name_BCDFGHJKLM"


def said(*contents, finish="stop"):
    """Return the contents that a client gets of a stream with these in its deltas."""
    stream = ChatStream(ReplyFilters({NAME: "Ada"}, frozenset({"US_SSN"}), FakeDetector().scan).make)
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
    first, rest = said([thinking("of Name_BCDFGHJKLM"), chunk("Yes")])
    assert first[0] == thinking("of Ada")
    assert first[1]["text"] + rest[0]["text"] == "Yes"


def test_a_signature_is_never_divided():
    held = {**thinking("a"), "signature": "Name_"}
    assert said([held])[0][0]["signature"] == "Name_"


def test_a_chunk_of_no_kind_that_is_a_word_is_refused():
    with pytest.raises(ValueError):
        said([{"type": "a whole sentence", "text": "a"}])
