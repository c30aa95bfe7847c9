from __future__ import annotations

import pytest

from proxy.detection.context import Words, normalised, unaccented, window


@pytest.mark.parametrize("text", ["patientMRN:", "patient_mrn", "Patient MRN", '"patient-mrn": '])
def test_keys_and_prose_read_alike(text):
    assert normalised(text) == " patient mrn "


def test_accents_fold():
    assert unaccented("Número de Teléfono łódź Straße") == "numero de telefono lodz strasse"


def test_the_nearest_phrase_counts():
    words = Words("order", "order number", "ssn")
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
    assert set((Words("a") | Words("b")).phrases) == {"a", "b"}
