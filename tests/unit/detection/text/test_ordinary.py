"""Which words are ordinary ones."""

from __future__ import annotations

import pytest

from proxy.detection.text.ordinary import ordinary


@pytest.mark.parametrize("word", "meeting Gesundheit Sprzedaży ontbreken jardín Gelb-Roten l'ufficio".split())
def test_words_of_the_eight_languages_are_ordinary(word):
    assert ordinary(word)


@pytest.mark.parametrize("word", "Harriet Threlfall Quasthoff kowalczyk Brzęczyszczek Jean-Krüßmann de".split())
def test_names_and_particles_are_not(word):
    assert not ordinary(word)
