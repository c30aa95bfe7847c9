"""What the rules on names know of each word."""

from __future__ import annotations

from proxy.core.findings import Finding
from proxy.detection.people.words import INITIAL, LOWER, TITLE, UPPER, read, style


def test_how_a_word_is_written():
    assert [style(word) for word in ("A", "ANNA", "O'Neill", "anna", "a")] == [INITIAL, UPPER, TITLE, LOWER, LOWER]


def test_an_initial_opens_no_sentence_behind_its_point():
    words = read("Write to T. Vasconcelos. Anna answers.", (), None)
    assert [word.text for word in words if word.opens] == ["Write", "Anna"]


def test_what_was_found_over_a_word_is_known():
    text = "Clifford in Leeds, 12 High Street"
    found = [
        Finding("PERSON", 0, 8, 0.9, "classifier"),
        Finding("LOCATION", 12, 17, 0.9, "classifier"),
        Finding("STREET_ADDRESS", 19, 33, 0.8, "street_english"),
    ]
    words = {word.text: word for word in read(text, found, None)}
    assert words["Clifford"].person
    assert words["Leeds"].placed
    assert words["Street"].taken
    assert not words["in"].person
