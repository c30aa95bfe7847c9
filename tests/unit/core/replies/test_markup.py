from __future__ import annotations

import pytest

from proxy.core.replies.markup import Markup


def after(text, step=None):
    markup = Markup()
    for at in range(0, len(text), step or len(text)):
        markup.feed(text[at : at + (step or len(text))])
    return markup.code, markup.program, markup.tag, markup.quote


@pytest.mark.parametrize(
    ("text", "code", "program", "tag", "quote"),
    [
        ("words < 3", False, "", False, ""),
        ("<a href='x", False, "", True, "'"),
        ('<a href= "x', False, "", True, '"'),
        ("<a href='x' ", False, "", True, ""),
        ("<a don't ", False, "", True, ""),
        ("<a href='x'>", False, "", False, ""),
        ("<SCRIPT src=x>", False, "script", False, ""),
        ("<style>a < b </styl", False, "style", False, ""),
        ("<style>a</style>", False, "", False, ""),
        ("<img src=<script>", False, "script", False, ""),
        ("<img alt='<style>", False, "style", False, ""),
        ("```py\nx", True, "", False, ""),
        ("a\n~~~~\n~~~\nx", True, "", False, ""),
        ("```\nx\n   ```  \ny", False, "", False, ""),
        ("```\nx\n``` y\n", True, "", False, ""),
        ("``` a`b\nx", False, "", False, ""),
        (" ```\nx", False, "", False, ""),
        ("<div>\n```\nx", False, "", False, ""),
        ("<div>\n\n```\nx", True, "", False, ""),
        ("<pre>\n\n```\nx", False, "", False, ""),
        ("<!-- \n\n```\nx", False, "", False, ""),
        ("```\n<script>", True, "", False, ""),
    ],
)
def test_what_surrounds_the_end_of_a_text(text, code, program, tag, quote):
    assert after(text) == (code, program, tag, quote)
    for step in (1, 2, 3):
        assert after(text, step) == after(text)


def test_a_base_element_is_noticed():
    markup = Markup()
    markup.feed("<base href='/'>")
    assert markup.based
