"""A sparse pattern finds what its expression finds in every text."""

# ruff: noqa: RUF001 -- look-alike characters are what is tested
from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.detection.languages import LANGUAGES, alternatives
from proxy.detection.meaning import ages, terms
from proxy.detection.people import guesses, impersonal, names, public, roles
from proxy.detection.text.sparse import Sparse

PATTERNS = {
    f"{module.__name__}.{name}": pattern
    for module in (ages, guesses, names, impersonal, public, roles, terms)
    for name, pattern in vars(module).items()
    if isinstance(pattern, Sparse)
}
PAYLOADS = Path(__file__).parents[4] / "bench" / "payloads"
WORDS = sorted(
    {word.replace("\\", "") for one in LANGUAGES.values() for words in one.patterns.values() for word in words}
)
PARTS = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(
        [
            "Anna",
            "Łukasz",
            "Élodie Sør",
            "S.",
            "12",
            "7",
            "age",
            "anna-nowak",
            "AnnaNowak",
            "_J20.1",
            "ſhe",
            "é",
            "\u212b",
            "İ",
        ]
    ),
    st.text(" .,:;'’\"-_(*\n\xa0\x1c", min_size=1, max_size=2),
)


def spans(found):
    return [match.span() for match in found]


def payloads():
    for file in sorted(PAYLOADS.glob("*.jsonl")):
        yield from (json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_every_rule_finds_in_the_payloads_what_its_expression_finds(name):
    pattern = PATTERNS[name]
    assert all(spans(pattern.finditer(text)) == spans(pattern.exact.finditer(text)) for text in payloads())


@given(st.lists(PARTS, max_size=12), st.booleans())
def test_every_rule_finds_in_any_text_what_its_expression_finds(parts, spaced):
    text = (" " if spaced else "").join(parts)
    for variant in (text, text.upper()):
        for pattern in PATTERNS.values():
            assert spans(pattern.finditer(variant)) == spans(pattern.exact.finditer(variant))


def test_borders_classes_and_look_around_of_the_head_are_loosened():
    found = Sparse(r"\b(?:ärzt\w*|é\d)\b", r"\b(?:ärzt\w*|é\d)\b(?= )|é\d")
    text = "ärztin ärzteً é٣ xé1"
    assert spans(found.finditer(text)) == spans(found.exact.finditer(text)) != []


def test_matches_do_not_overlap_and_may_touch():
    found = Sparse(rf"(?<!\w){alternatives('titles')} ", alternatives("titles"))
    text = "Mr Mr Mrs Dr x"
    assert spans(found.finditer(text)) == spans(found.exact.finditer(text))
    assert len(list(found.finditer(text))) > 1
