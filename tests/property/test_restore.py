from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.replies.restore import Restorer
from testing.examples import examples

WORD = st.text("abAB1", min_size=1, max_size=7)  # what has no other spelling
MAPS = st.dictionaries(WORD, st.text("xyz", max_size=4), max_size=6)
TEXTS = st.text("abAB-1 ", max_size=60)


def whole(pseudonyms: dict[str, str], text: str) -> str:
    """Replace with one regular expression: longest pseudonym first, exact case first."""
    folded: dict[str, set[str]] = {}
    for pseudonym, original in pseudonyms.items():
        folded.setdefault(pseudonym.lower(), set()).add(original)
    kept = {p: next(iter(o)) for p, o in folded.items() if len(o) == 1}
    if not pseudonyms:
        return text
    parts = []
    for pseudonym in sorted(pseudonyms, key=len, reverse=True):
        loose = f"(?i:{re.escape(pseudonym)})" if pseudonym.lower() in kept else re.escape(pseudonym)
        parts.append(loose)
    return re.sub("|".join(parts), lambda m: pseudonyms.get(m[0]) if m[0] in pseudonyms else kept[m[0].lower()], text)


def chunked(restorer: Restorer, text: str, cuts: list[int]) -> str:
    edges = sorted({min(cut, len(text)) for cut in cuts})
    chunks = [text[a:b] for a, b in zip([0, *edges], [*edges, len(text)], strict=True)]
    return "".join(map(restorer.feed, chunks)) + restorer.flush()


@examples(300)
@given(MAPS, TEXTS, st.lists(st.integers(0, 60), max_size=10))
def test_every_chunking_equals_whole_text_replacement(pseudonyms: dict, text: str, cuts: list[int]) -> None:
    """Any set of pseudonyms, also one that is not prefix-free, against a regular-expression oracle."""
    assert chunked(Restorer(pseudonyms), text, cuts) == whole(pseudonyms, text)


@examples(100)
@given(MAPS, TEXTS)
def test_held_back_is_a_proper_prefix_of_a_pseudonym(pseudonyms: dict, text: str) -> None:
    """Character by character: what is missing from the output is never more than the longest pseudonym less one."""
    restorer = Restorer(pseudonyms)
    for end in range(len(text)):
        restorer.feed(text[end])
        held = restorer.pending
        assert not held or any(p.lower().startswith(held.lower()) and len(p) > len(held) for p in pseudonyms)
