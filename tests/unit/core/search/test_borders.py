from __future__ import annotations

import pytest

from proxy.core.search.borders import FormPlace, beside, bounded, past_marks
from proxy.core.search.keys import keys_of_value
from proxy.core.search.skeleton import places, skeleton


@pytest.mark.parametrize(
    ("value", "text", "fits"),
    [
        ("Smith", "the Smithsonian", False),
        ("Smith", "the_smith_7", True),
        ("Smith", "getSmithName", True),
        ("737", "a737", False),
        ("AB-12345", "xab12345", False),
        ("AB-12345", "AB 12.345!", True),
        ("AB-12345", "AB123456", False),
        ("Acme Forge", "acme\n\n\n\n\n\n\n\nforge", False),
        ("Bo Li", "boli", False),
        ("Acme Forge Group", "myacmeforgegroupltd", True),
    ],
)
def test_borders_and_gaps(value: str, text: str, fits: bool) -> None:
    ((form, key),) = keys_of_value(value, value)
    bones = skeleton(text)
    first = bones.index(form)
    place = FormPlace(text, bones, places(text), first, first + len(form))
    assert (bounded(place, key) is not None) is fits


def test_marks_and_neighbours() -> None:
    assert past_marks("e\u0301\u0302x", 1) == 3
    assert beside("Anny Kowalska", 3, 5)
    assert not beside("Anna und Kowalska", 4, 9)
