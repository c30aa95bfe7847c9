"""What is read again from what was remembered is what was read first, in every encoding that the product reads."""

from __future__ import annotations

import base64
from bisect import bisect_left
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import proxy
from bench.spelling import ENCODERS, both
from proxy.core.search.occurrences import Occurrences
from proxy.core.search.readings import DecodedPart, readings, readings_of
from proxy.core.search.stretches import Stretches, again, stretches, tightened
from testing.examples import examples

VALUES = ("Jürgen Lützow", "j.luetzow@example.org", "030 1234567", "Иван Петров")
TEXTS = (
    "Please call Jürgen Lützow (at home) on 030 1234567, or write to j.luetzow@example.org.",
    "Заметка для Иван Петров: позвонить завтра.",
)
LINES = "    def test_of_some_name(self, first_value=None):\n        return self.other_value(first_value)\n"
OCCURRENCES = Occurrences(VALUES, [VALUES[0], VALUES[3]])


def first(text: str) -> list[DecodedPart]:
    return list(readings(text))


def later(text: str) -> tuple[list[DecodedPart], list[DecodedPart]]:
    """What is yielded the second time, and from the third time on."""
    known = stretches(text, first(text))
    least = known if known.tight else tightened(text, known)
    return list(again(text, known)), list(again(text, least))


def holds(whole: DecodedPart, part: DecodedPart) -> bool:
    """Whether a part is in the one of all the text, and leads back to the same places."""
    assert whole.view is not None
    assert part.view is not None
    seen, own = whole.view(), part.view()
    at = bisect_left(seen.origin, part.start)
    places = slice(at, at + len(own.text))
    return (seen.text[places], seen.origin[places], seen.until[places]) == (
        own.text,
        [part.start + n for n in own.origin],
        [part.start + n for n in own.until],
    )


def check(text: str) -> None:
    parts = first(text)
    for read in later(text):
        assert [part for part in read if part.view is None] == [part for part in parts if part.view is None]
        in_place = [part for part in read if part.view is not None]
        assert all(any(holds(whole, part) for whole in in_place) for part in parts if part.view is not None)
        found = {*OCCURRENCES.every(text, lambda texts, read=read: [read for _ in texts])}
        assert {*OCCURRENCES.every(text)} <= found


@pytest.mark.parametrize("name", ENCODERS)
def test_what_was_read_is_read_again(name: str) -> None:
    for text in TEXTS:
        for then in ("json", *list(ENCODERS)[:: 1 + len(ENCODERS) // 3]):
            encoded = both(ENCODERS[name], ENCODERS[then])(text)
            check(encoded)
            check(f"{LINES * 9}It reads: {encoded}, he said.\n{LINES * 9}and `{ENCODERS[name](text)}`")


_SIGNS = sorted(
    {*"aZfeO01l279 =\n+-._*|,;:<~&%#@()", *"moc.ed\\\u00a0üÜɐɹʇ\u0301²", "xn--", "<~", "=?", "%C3%BC", "\\u00fc", LINES}
)


@examples(100)
@given(st.lists(st.sampled_from(_SIGNS), max_size=60).map("".join))
def test_any_text_reads_the_same_again(text: str) -> None:
    check(text)


@examples(60)
@given(
    st.lists(
        st.sampled_from(
            (*TEXTS, *(encode(TEXTS[0]) for encode in ENCODERS.values()), LINES, "toolu_01A09q90qw90lq917835lq9", "")
        ),
        max_size=9,
    )
)
def test_texts_decoded_together_read_as_alone(texts: list[str]) -> None:
    together = [[(part.text, part.start, part.end) for part in parts] for parts in readings_of(texts)]
    assert together == [[(part.text, part.start, part.end) for part in first(text)] for text in texts]


def test_little_of_a_session_of_code_is_decoded_again() -> None:
    """Of some 1 MB of sources with their escapes, identifiers and paths."""
    texts = [path.read_text() for path in sorted(Path(proxy.__file__).parent.glob("[a-d]*/**/*.py"))]
    known = [stretches(text, first(text)) for text in texts]
    cores = [
        least.cores
        for text, one in zip(texts, known, strict=True)
        for least in [one if one.tight else tightened(text, one)]
    ]
    assert sum(map(len, texts)) > 800_000
    assert sum(end - start for spans in cores for start, end in spans) < 20_000


def test_nothing_of_a_text_is_kept() -> None:
    encoded = base64.b64encode(b"Herr M&uuml;ller kommt morgen um neun Uhr, " * 200).decode()
    text = f"caf\\u00e9 and then {encoded}"
    known = tightened(text, stretches(text, first(text)))
    assert known == Stretches(known.cores, ((19, len(text)),), together=True, tight=True)
    assert known.cores == ((0, 13),)
