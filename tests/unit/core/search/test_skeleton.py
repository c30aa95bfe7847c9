from __future__ import annotations

import pytest

from proxy.core.search.skeleton import is_mark, places, skeleton


@pytest.mark.parametrize(
    ("text", "bones"),
    [
        ("Schmidt, Anna_2", "schmidtanna2"),
        ("Mu\u0308ller Müller", "mullermuller"),
        ("ŁÓDŹ Straße Øre", "lodzstrasseore"),
        ("Иванов Й", "иванови"),
        ("\uff14\uff11 \u0664", "414"),
        ("田中 がん", "田中がん"),
        ("İstanbul", "istanbul"),
        ("ǣ Ǽ Å", "aeaea"),
        ("\ud800 Ж", "ж"),
    ],
)
def test_letters_and_digits_stay_and_lead_back(text: str, bones: str) -> None:
    assert skeleton(text) == bones
    at = places(text)
    assert len(at) == len(bones)
    assert at == sorted(at)
    assert all(skeleton(text[place]) for place in at)


def test_marks() -> None:
    assert is_mark("\u0301")
    assert is_mark("\u200b")
    assert not is_mark("a")
