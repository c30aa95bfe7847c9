from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.deidentification.edits import any_outside, longer_words, outside, splice
from proxy.core.search.occurrences import Hit

EDITS = [(2, 4, "x"), (6, 7, "")]


def test_edits_are_applied_in_one_join():
    assert splice("0123456789", EDITS) == "01x45789"
    assert splice("0123", []) == "0123"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3)), max_size=8))
def test_what_overlaps_an_edit_is_not_outside(places):
    hits = sorted(Hit(start, start + length, "v") for start, length in places)
    apart = [hit for hit in hits if all(hit.end <= start or end <= hit.start for start, end, _ in EDITS)]
    assert outside(hits, EDITS) == apart
    assert any_outside(hits, EDITS) is bool(apart)


NEW = {
    "Rossi": "Raynaud",
    "Anna": "Lena",
    "1.2.2024": "3.4.2022",
    "8.2.2024": "10.4.2022",
    "Anna Rossi": "Lena Raynaud",
}


@pytest.mark.parametrize(
    ("text", "values", "longer"),
    [
        ("Rossis Brief", ["Rossi"], {"Raynauds": "Rossis"}), ("an Rossi", ["Rossi"], {}), ("xRossi y", ["Rossi"], {"xRaynaud": "xRossi"}),
        ("AnnaRossi!", ["Anna", "Rossi"], {"LenaRaynaud": "AnnaRossi"}), ("mit Anna Rossis", ["Anna Rossi"], {"Raynauds": "Rossis"}),
        ("1.2.2024-8.2.2024.", ["1.2.2024", "8.2.2024"], {"3.4.2022-10.4.2022": "1.2.2024-8.2.2024"}),
        ("1.2.2024T10:15", ["1.2.2024"], {"3.4.2022T10": "1.2.2024T10"}), ("Anna Rossi\u0301s", ["Anna", "Rossi"], {"Raynaud\u0301s": "Rossi\u0301s"}),
        ("Anna und Rossi", ["Anna", "Rossi"], {}), ("xAnna Rossi", ["Anna Rossi"], {"xLena": "xAnna"}),
    ],
)  # fmt: skip
def test_words_that_go_on_beside_a_stand_in_are_known_whole(text, values, longer):
    places = [(text.index(value), text.index(value) + len(value), NEW[value]) for value in values]
    natural = {word for new in NEW.values() for word in (*new.split(), *([new] if new[0].isdigit() else []))}
    assert dict(longer_words(text, places, natural)) == longer
