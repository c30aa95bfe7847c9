"""Words of records and of texts meet in their units."""

from __future__ import annotations

import pytest

from proxy.detection.registered.words import Ending, canonical_number, may_be_glued, readings, stems_of_word


@pytest.mark.parametrize(
    ("word", "form", "ending"),
    [
        ("Kowalski", "Kowalski", Ending.NONE), ("Kowalski", "kowalskiego", Ending.SURE), ("Kowalski", "Kowalska", Ending.NONE),
        ("Anna", "ANNA", Ending.NONE), ("Anna", "Anny", Ending.SURE), ("Schmidt", "Schmidts", Ending.SURE),
        ("Jan", "Jana", Ending.UNSURE), ("Berg", "Berge", Ending.UNSURE), ("Berg", "Bergs", Ending.SURE),
        ("Müller", "Mueller", Ending.NONE), ("Müller", "Muller", Ending.NONE), ("Mueller", "Müller", Ending.NONE),
        ("Straße", "STRASSE", Ending.NONE), ("Marek", "Marka", Ending.UNSURE), ("Marcello", "Marcella", Ending.SURE),
    ],
)  # fmt: skip
def test_a_form_is_read_as_its_word(word, form, ending):
    stems = set(stems_of_word(word))
    assert min(how for stem, kinds in readings(form) for kind, how in kinds if (stem, kind) in stems) == ending


@pytest.mark.parametrize(
    ("word", "other"), [("Schmidt", "Schmied"), ("Anna", "Hanna"), ("Bauer", "Baur"), ("Jan", "Ian")]
)
def test_another_word_is_not(word, other):
    read = {(stem, kind) for stem, kinds in readings(other) for kind, _ in kinds}
    assert read.isdisjoint(stems_of_word(word))


@pytest.mark.parametrize(
    ("written", "number"),
    [("KD-4711", "kd4711"), ("00 12 34", "1234"), ("DE89 3704", "de893704"), ("none", ""), ("٤٢", "42")],
)
def test_numbers_are_compared_without_separators(written, number):
    assert canonical_number(written) == number


@pytest.mark.parametrize(("word", "may"), [("janfox", False), ("jankowalski", True), ("李小", True), ("李", False)])
def test_a_name_in_one_word_is_long_or_of_signs(word, may):
    assert may_be_glued(word) == may
