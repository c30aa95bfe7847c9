from __future__ import annotations

import pytest

from proxy.embedded import tour


@pytest.mark.parametrize(("answer", "said"), [
    ({"choices": [{"message": {"content": "hello"}}]}, "hello"),
    ({"error": {"code": "AI_ACT_PROHIBITED", "message": "refused"}}, "AI_ACT_PROHIBITED: refused"),
    ({}, ": "),
])  # fmt: skip
def test_said_is_the_text_or_the_error(answer, said):
    assert tour._text(answer) == said


def test_texts_joins_messages_and_stands_an_unjournaled_body():
    assert tour._texts({"messages": [{"content": "a"}, {"role": "user"}, {"content": "b"}]}) == "a\n\nb"
    assert tour._texts(None) == ""
