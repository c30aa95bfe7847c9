"""What every dialect needs to say a conversation."""

from __future__ import annotations

import pytest

from proxy.codecs import conversation as talk
from proxy.codecs.translatable import UntranslatableError


def test_results_stand_in_turns_of_their_own_and_follow_each_other():
    result, other = talk.ToolResult("1", ()), talk.ToolResult("2", ())
    found = [("user", [talk.Text("a"), talk.Text("b")]), ("assistant", [talk.Text("c")]), ("user", [result]), ("tool", [other, talk.Text("d")])]  # fmt: skip
    said = talk.turns_of([*found[:3], ("user", [other, talk.Text("d")])], "messages")
    assert [(turn.role, len(turn.parts)) for turn in said] == [("user", 2), ("assistant", 1), ("tool", 2), ("user", 1)]


@pytest.mark.parametrize("found", [[], [("user", [])], [("user", [talk.Text("a")]), ("assistant", [talk.Text("b")])]])
def test_there_has_to_be_something_to_answer(found):
    with pytest.raises(UntranslatableError):
        talk.turns_of(found, "messages")


@pytest.mark.parametrize(
    ("media", "data"), [("image/x-of-somebody", "AAAA"), (None, "AAAA"), ("image/png", "no base64!"), ("image/png", 5)]
)
def test_bytes_are_base64_of_a_media_type_that_names_nobody(media, data):
    with pytest.raises(UntranslatableError):
        talk.blob(media, data, "p")
    assert talk.blob("image/png", "_-8=", "p") == talk.Blob("image/png", "/+8=")


@pytest.mark.parametrize("url", ["data:text/plain,hello", "data:image/png,raw", "https://x.example/a.png", 5])
def test_a_data_url_holds_base64(url):
    with pytest.raises(UntranslatableError):
        talk.blob_of_url(url, "p")
    assert talk.blob_of_url("data:image/png;base64,AAAA", "p") == talk.Blob("image/png", "AAAA")


def test_a_picture_is_bytes_or_an_address():
    assert talk.picture("https://x.example/a.png", "p") == talk.Link("https://x.example/a.png")
    assert talk.picture(" data:image/png;base64,AAAA", "p") == talk.Blob("image/png", "AAAA")


def test_instructions_stand_before_the_conversation():
    said = talk.Turn("system", (talk.Text("a"),))
    asked = talk.Turn("user", (talk.Text("b"),))
    assert talk.instructions(talk.Conversation((said, said, asked)), "p") == ([talk.Text("a")] * 2, (asked,))
    with pytest.raises(UntranslatableError):
        talk.instructions(talk.Conversation((asked, said, asked)), "p")


def test_usage_that_is_told_later_counts():
    assert talk.Usage(None, 5).after(talk.Usage(1, 2, 3)) == talk.Usage(1, 5, 3)
