from __future__ import annotations

import pytest

from proxy.codecs.llamacpp import CompletionShape
from proxy.codecs.stream import every_channel


def said(meaning):
    return [piece.holder[piece.key] for piece in meaning.pieces]


def test_the_text_grows_until_it_stops():
    meaning = CompletionShape().read("", {"index": 0, "content": "a", "stop": False})
    assert (said(meaning), meaning.ends, meaning.droppable) == (["a"], False, True)
    last = CompletionShape().read("", {"index": 0, "content": "", "stop": True})
    assert (last.ends, last.droppable, last.closes) == (True, False, every_channel)


def test_progress_is_told_without_a_text():
    assert not CompletionShape().read("", {"content": "", "stop": False, "prompt_progress": {"total": 5}}).droppable


def test_an_error_is_one():
    assert CompletionShape().read("", {"error": {"code": 500, "message": "it broke"}}).fails


def test_what_is_added_is_read_as_a_piece():
    assert said(CompletionShape().read(*CompletionShape().tail("content", "a"))) == ["a"]


@pytest.mark.parametrize("event", [{}, {"content": None}, {"stop": True}])
def test_what_is_no_event_is_refused(event):
    with pytest.raises(ValueError):
        CompletionShape().read("", event)
