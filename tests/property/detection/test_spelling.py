"""A text says the same however it is spelled: its decoded view is that of the plain text, or it counts as partly read."""

from __future__ import annotations

import pytest

from bench.spelling import ENCODERS, both, pool, same
from proxy.core.findings import Status
from proxy.core.search.decoding import opaque
from proxy.detection.text.turned import read_text

TEXTS = [one.text for one in pool(8)]


def told(encoded: str, plain: str) -> bool:
    if same(encoded, plain):
        return True
    seen = read_text(encoded)
    deep = seen.view is not None and seen.view.deep
    return seen.status is Status.PARTIAL or deep or any(opaque(seen.text))


@pytest.mark.parametrize("name", ENCODERS)
def test_an_encoded_text_is_read_or_known_to_be_unread(name):
    assert [text for text in TEXTS if not told(ENCODERS[name](text), text)] == []


#: Pairs of encoders of which neither the text is read nor that it is unread: codes backwards, in ROT13 or letter by
#: letter for the most part. The number may only become smaller.
MOST_PAIRS = 69


def test_a_text_encoded_twice_is_read_or_known_to_be_unread():
    missed = []
    for number, (name, first) in enumerate(ENCODERS.items()):
        text = TEXTS[number % len(TEXTS)]
        missed += [(name, then) for then in ENCODERS if not told(both(first, ENCODERS[then])(text), text)]
    assert len(missed) <= MOST_PAIRS, missed


@pytest.mark.parametrize("name", ["base64", "hexadecimal", "percent", "json", "html, decimal", "percent twice"])
@pytest.mark.parametrize("then", ["base64", "hexadecimal", "percent", "html, decimal", "base32"])
def test_usual_encodings_of_each_other_are_read(name, then):
    assert [text for text in TEXTS if not same(both(ENCODERS[name], ENCODERS[then])(text), text)] == []
