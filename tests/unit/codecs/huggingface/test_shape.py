from __future__ import annotations

import pytest

from proxy.codecs.huggingface.shape import TokenShape
from proxy.codecs.stream import every_channel


def token(text, **more):
    return {"index": 1, "token": {"id": 5, "text": text, "special": False}, "generated_text": None, **more}


def test_the_texts_of_tokens_grow():
    meaning = TokenShape().read("", token("a"))
    assert [(piece.channel, piece.holder[piece.key]) for piece in meaning.pieces] == [("text", "a")]
    assert (meaning.ends, meaning.droppable) == (False, True)


@pytest.mark.parametrize("more", [{"generated_text": "ab"}, {"generated_text": ""}, {"details": {"seed": 1}}])
def test_the_last_token_ends_the_text(more):
    meaning = TokenShape().read("", token("b", **more))
    assert (meaning.ends, meaning.droppable, meaning.closes) == (True, False, every_channel)


def test_a_special_token_is_no_piece_of_the_text():
    meaning = TokenShape().read("", {"token": {"text": "</s>", "special": True}, "generated_text": "ab"})
    assert (meaning.pieces, meaning.ends) == ((), True)


def test_an_error_is_one():
    assert TokenShape().read("", {"error": "it broke", "error_type": "generation"}).fails


def test_what_is_added_is_read_as_a_token():
    _, event = TokenShape().tail("text", "a")
    assert [piece.holder[piece.key] for piece in TokenShape().read("", event).pieces] == ["a"]


@pytest.mark.parametrize("event", [{}, {"token": "a"}])
def test_what_is_no_event_is_refused(event):
    with pytest.raises(ValueError):
        TokenShape().read("", event)
