from __future__ import annotations

import pytest

from proxy.core.findings import Finding
from proxy.core.search.decoding import spelled, view
from testing import models

SCANNER = models.scanner()
DIGITS = "4539148803436467"
LANGUAGES = {
    "en": "zero one two three four five six seven eight nine",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
    "pt": "zero um dois três quatro cinco seis sete oito nove",
    "nl": "nul een twee drie vier vijf zes zeven acht negen",
    "pl": "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć",
}


def told(digits: str, language: str, gap: str = " ") -> str:
    words = LANGUAGES[language].split()
    return gap.join(words[int(digit)] for digit in digits)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("gap", [" ", ", ", "-", ". "])
def test_a_number_told_in_words_is_found_where_it_stands(language, gap):
    number = told(DIGITS, language, gap)
    text = f"x card: {number} z"
    seen = view(text)
    assert seen is not None
    assert DIGITS in seen.text
    (finding,) = (seen.back(f) for f in SCANNER.scan(seen.text) if f.entity_type == "CREDIT_CARD")
    assert text[finding.start : finding.end] == number


def test_doubles_count_twice_and_map_to_both_words():
    text = "dial zero one seven oh double five five one two three four now"
    seen = view(text)
    assert seen is not None
    assert "01705551234" in seen.text
    place = seen.text.index("555")
    cut = seen.back(Finding("PHONE_NUMBER", place + 1, place + 2, 0.9, "x"))
    assert text[cut.start : cut.end] == "double five"


def test_signs_between_digits_are_kept():
    seen = view("ssn five two one dash four four dash nine three eight two")
    assert seen is not None
    assert "521-44-9382" in seen.text


@pytest.mark.parametrize(
    "text",
    [
        "one two three four five",
        "one of the two, or three",
        "drei Äpfel und vier Birnen",
        "seis o siete",
        "someone two threesome fours fives sixes",
    ],
)
def test_fewer_than_six_words_stay_words(text):
    seen = view(text)
    assert seen is None or not any(c.isdigit() for c in seen.text)


def test_digits_among_the_words_count_as_they_are():
    seen = view("it is four 5 three 9 one four eight eight ok")
    assert seen is not None
    assert "45391488" in seen.text


def test_absent_costs_one_pass():
    assert not spelled.occurs("a plain text without any of them " * 100)
