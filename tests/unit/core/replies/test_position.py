"""A text is words for people unless a codec says otherwise."""

from __future__ import annotations

from proxy.core.replies.position import WORDS, Position, ReplyText, Role


def test_a_text_is_words_for_people_unless_a_codec_says_otherwise():
    assert ReplyText("Dear Anna").position == WORDS == Position(Role.WORDS, document=False, tool="")
    assert Position(Role.ARGUMENTS, document=True, tool="lookup") != Position(Role.ARGUMENTS, document=True)
