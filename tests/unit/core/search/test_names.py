from __future__ import annotations

import pytest

from proxy.core.search.names import initials, parts


@pytest.mark.parametrize(
    ("name", "words", "titles"),
    [
        ("Maria Schmidt", ["Maria", "Schmidt"], []),
        ("Dr. Anna-Lena O'Neil", ["Anna-Lena", "O'Neil"], ["Dr."]),
        ("Schmidt, M.", ["Schmidt", "M."], []),
        ("Frau Prof. Dr. Müller", ["Müller"], ["Frau", "Prof.", "Dr."]),
        ("Ludwig van Beethoven", ["Ludwig", "van", "Beethoven"], []),
        ("R.M.", ["R.", "M."], []),
        ("Herr", ["Herr"], []),
        ("Smith.", ["Smith"], []),
        ("田中太郎", ["田中太郎"], []),
        ("---", [], []),
    ],
)
def test_words_and_titles(name: str, words: list[str], titles: list[str]) -> None:
    found = parts(name)
    assert [p.text for p in found if not p.title] == words
    assert [p.text for p in found if p.title] == titles
    assert all(name[p.start : p.end] == p.text for p in found)


def test_initials_leave_titles_out() -> None:
    assert initials("Dr Robert J. Miller") == "RJM"
