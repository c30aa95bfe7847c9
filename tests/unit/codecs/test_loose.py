from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs import loose, numbers

#: Characters of every length in UTF-16, halves of pairs, escapes, and what looks like one.
TEXT = st.text(st.sampled_from('a"\\u/é\ud83d\ude00\ud800😀\U00010000\n'), max_size=8)
JSON = st.recursive(
    st.none() | st.sampled_from([1, -0.0, float("nan"), float("inf"), float("-inf")]) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_what_lenient_writers_write_is_read_and_written_again(document):
    reply = json.dumps(document).encode()
    value = loose.loads(reply)
    numbers.dumps(value)  # all of it is Unicode
    written = loose.dumps(value, halves=loose.halved(reply))
    assert json.dumps(json.loads(written)) == json.dumps(json.loads(reply))


@given(st.lists(TEXT, max_size=4))
def test_a_text_in_pieces_is_what_its_halves_say_together(pieces):
    held, text = "", ""
    for piece in pieces:
        part, held = loose.split(held + loose.loads(json.dumps(piece).encode()))
        text += part
    text += held
    whole = json.loads(loose.dumps(text, halves=True))
    assert whole.encode("utf-16", "surrogatepass") == "".join(pieces).encode("utf-16", "surrogatepass")


@pytest.mark.parametrize(
    "reply",
    [
        b'"\\ud83d',
        b'["\\ud83d",nan]',
        '["\\ud83d","\U0010fabc"]'.encode(),
        b'["\\ud83d","\\udbff\\udfff"]',
        b'"\\ud83d\xff"',
    ],
)
def test_what_nobody_reads_is_refused(reply):
    with pytest.raises(ValueError):
        loose.loads(reply)


def test_characters_for_private_use_stay_what_they_are_where_there_is_no_half():
    reply = '{"a":"\U0010fabc \\ud83d\\ude00 \\\\ud83d"}'.encode()
    assert loose.dumps(loose.loads(reply), halves=loose.halved(reply)).decode() == '{"a":"\U0010fabc 😀 \\\\ud83d"}'
