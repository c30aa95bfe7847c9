from __future__ import annotations

import pytest

from proxy.detection.text.context import ContextWords, Surroundings, normalised, unaccented, window


@pytest.mark.parametrize("text", ["patientMRN:", "patient_mrn", "Patient MRN", '"patient-mrn": '])
def test_keys_and_prose_read_alike(text):
    assert normalised(text) == " patient mrn "


def test_accents_fold():
    assert unaccented("Número de Teléfono łódź Straße") == "numero de telefono lodz strasse"


def test_the_nearest_phrase_counts():
    words = ContextWords("order", "order number", "ssn")
    assert words.nearest(" my order was x ") == 9
    assert words.nearest(" order number ") > words.nearest(" order ")
    assert words.nearest(" nothing ") == -1
    assert words.opens(" ssn ")
    assert not words.opens(" ssns ")


def test_the_window_stops_at_a_paragraph():
    before, after = window("SSN\n\nnumber 123 after", 12, 15)
    assert "SSN" not in before
    assert after.startswith(" after")


def test_sets_of_words_join():
    assert set((ContextWords("a") | ContextWords("b")).phrases) == {"a", "b"}


def test_a_phrase_counts_where_it_ends_last():
    words = ContextWords("social security", "social", "number")
    assert words.nearest(" social security social x ") == len(" social security social")
    assert words.nearest(" social security ") == len(" social security")


def test_both_sides_of_a_value_are_read_once():
    around = Surroundings("SSN and 123 is a number")
    assert around.before(8).words == " ssn and "
    assert around.before(8) is around.before(8)
    assert around.behind(11).words == " is a number "
    assert around.behind(11).present == {"is", "a", "number"}
