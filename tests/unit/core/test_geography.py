from __future__ import annotations

import pytest

from proxy.core.geography import STATE_CODES, ZIP3_RESTRICTED, coarse, zip3


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("Springfield, Hampden County, MA", "MA"),
        ("Keene, New Hampshire, USA", "New Hampshire, USA"),
        ("New York, NY", "NY"),
        ("Germany", "Germany"),
        ("Boston", ""),
        ("ma", ""),
    ],
)
def test_coarse(place: str, expected: str) -> None:
    assert coarse(place) == expected


def test_zip3() -> None:
    assert [zip3(code) for code in ("90210", "20301-1155", "036011234", "1234", "ABC")] == ["902", "000", "000", "", ""]
    assert len(ZIP3_RESTRICTED) == 19
    assert len(STATE_CODES) == 56
