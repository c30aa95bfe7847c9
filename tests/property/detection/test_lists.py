"""A list entry means the same in clear and as a digest, and touches nothing but its value."""

from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.findings import Finding
from proxy.detection.lists import ListedTerm, ListFilter, digest, folded

KEY = b"k" * 32
WORDS = st.lists(st.text(alphabet="abÄß1żŁ", min_size=1, max_size=4), min_size=1, max_size=4)
GAPS = st.sampled_from([" ", "  ", "-", ", ", "\n"])


@st.composite
def _texts(draw):
    words = draw(st.lists(st.text(alphabet="abÄß1żŁ", min_size=1, max_size=3), min_size=1, max_size=12))
    return "".join(word + draw(GAPS) for word in words)


def _hashed(entry: ListedTerm) -> ListedTerm:
    words = len(folded(entry.value).split()) if entry.list == "deny" else 0
    return replace(entry, value="", digest=digest(KEY, entry.tenant, entry.value), words=words)


@given(_texts(), WORDS, st.sampled_from(["allow", "deny"]))
def test_clear_and_digest_are_the_same(text, words, kind):
    entry = ListedTerm("t", kind, "PERSON", " ".join(words))
    findings = (Finding("PERSON", 0, len(text), 0.9, "x"),)
    assert ListFilter([entry], KEY).apply(text, findings) == ListFilter([_hashed(entry)], KEY).apply(text, findings)


@given(_texts(), WORDS)
def test_what_is_denied_is_found_where_its_words_stand_and_nowhere_else(text, words):
    entry = ListedTerm("t", "deny", "PERSON", " ".join(words))
    found = ListFilter([_hashed(entry)], KEY).apply(text, ())
    assert all(folded(text[one.start : one.end]) == folded(entry.value) for one in found)
    inside = f" {folded(entry.value)} " in f" {folded(text)} "
    assert bool(found) is inside
    assert all(before.end <= after.start for before, after in itertools.pairwise(found))


@given(_texts(), st.data())
def test_only_equal_values_are_allowed(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    finding = Finding("PERSON", start, end, 0.9, "x")
    value = " ".join(data.draw(WORDS))
    kept = ListFilter([ListedTerm("t", "allow", value=value)], KEY).apply(text, (finding,))
    assert (kept == ()) is (folded(text[start:end]) == folded(value))
