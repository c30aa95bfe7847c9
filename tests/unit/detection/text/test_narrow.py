# ruff: noqa: RUF001 -- the characters are what is tested
from __future__ import annotations

import re

import pytest
import re2

from proxy.detection.patterns.pattern import STOPS
from proxy.detection.patterns.recognizers import PATTERNS
from proxy.detection.text import narrow


def compiled(body: str):
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(narrow.pattern(body), options)


@pytest.mark.parametrize("text", ["plain", "Müller ÿ", "Łódź – “x” €", "дом 家 \ud800 \U0001f600", "ſIıKÅẞ"])
def test_every_character_is_one_byte(text):
    assert len(narrow.narrowed(text)) == len(text)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("[a-zäöüß-]+", "straße-äöü"), ("[À-ɏ]", "č"), ("[À-ɏ]", "ł"), ("(?i:łódź)", "ŁÓDŹ"), ("(?i:straße)", "STRAẞE"), ("[–-] ?x", "– x"), ("['’]s", "’s"),
        ("[^ab]c", "žc"), ("[^aé]c", "éc"), ("(?i:kind)", "Kind"), ("(?i:is)", "ıſ"), ("n[º°]", "nº"), ("[0-9][ \u00a0\u2010-\u2013][0-9]", "1\u20121"), ("ę|ą", "ą"),
        ("[^x]|é", "é"),
    ],
)  # fmt: skip
def test_what_the_pattern_accepts_its_narrow_form_accepts(body, text):
    assert compiled(body).search(narrow.narrowed(text)) is not None


def test_other_letters_are_no_letters_of_a_class():
    assert compiled("[À-ɏ]").search(narrow.narrowed("д家")) is None
    assert compiled("ą").search(narrow.narrowed("ę")) is None


def test_a_range_out_of_ascii_is_refused():
    with pytest.raises(ValueError, match="ASCII"):
        narrow.pattern("[a-ɏ]")


def characters(parsed) -> set[str]:
    """Every ASCII character that a parsed expression can hold."""
    held: set[str] = set()
    for code, argument in parsed:
        name = str(code)
        if name == "LITERAL":
            held.add(chr(argument))
        elif name == "IN":
            assert str(argument[0][0]) != "NEGATE"
            for kind, value in argument:
                held.update(
                    [chr(value)] if str(kind) == "LITERAL" else map(chr, range(value[0], min(value[1], 127) + 1))
                )
        elif name in {"MAX_REPEAT", "MIN_REPEAT"}:
            held |= characters(argument[2])
        elif name == "SUBPATTERN":
            held |= characters(argument[3])
        elif name == "BRANCH":
            held = held.union(*map(characters, argument[1]))
    return held


@pytest.mark.parametrize(
    "pattern", [p for p in PATTERNS if p.trigger.startswith("[0-9](?:[ .,/()")], ids=lambda p: p.name
)
def test_patterns_of_numbers_hold_none_of_the_signs_that_end_a_number(pattern):
    assert characters(re._parser.parse(pattern.body)).isdisjoint(STOPS)
