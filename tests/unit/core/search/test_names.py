from __future__ import annotations

import pytest

from proxy.core.search import names
from proxy.core.search.names import WordFilter, filled, initials, parts


@pytest.mark.parametrize(
    ("name", "words", "titles"),
    [
        ("Maria Schmidt", ["Maria", "Schmidt"], []),
        ("Dr. Anna-Lena O'Neil", ["Anna-Lena", "O'Neil"], ["Dr."]),
        ("Schmidt, M.", ["Schmidt", "M."], []),
        ("Frau Prof. Dr. Müller", ["Müller"], ["Frau", "Prof.", "Dr."]),
        ("Ludwig van Beethoven", ["Ludwig", "van", "Beethoven"], []),
        ("R.M.", ["R.", "M."], []),
        ("James Wilson's", ["James", "Wilson"], []),
        ("Mr O\u2019Brien\u2019s", ["O\u2019Brien"], ["Mr"]),
        ("Herr", ["Herr"], []),
        ("Smith.", ["Smith"], []),
        ("田中太郎", ["田中太郎"], []),
        ("---", [], []),
        ("MARIA%20SCHMIDT", ["MARIA", "SCHMIDT"], []),
        ("Maria&nbsp;Schmidt", ["Maria", "Schmidt"], []),
        ("Maria\\nSchmidt", ["Maria", "Schmidt"], []),
        ("Maria\\u00a0Schmidt", ["Maria", "Schmidt"], []),
        ("Maria=20Schmidt", ["Maria", "Schmidt"], []),
        ("Schmidt%2C%20Maria", ["Schmidt", "Maria"], []),
    ],
)
def test_words_and_titles(name: str, words: list[str], titles: list[str]) -> None:
    found = parts(name)
    assert [p.text for p in found if not p.title] == words
    assert [p.text for p in found if p.title] == titles
    assert all(name[p.start : p.end] == p.text for p in found)


def test_initials_leave_titles_out() -> None:
    assert initials("Dr Robert J. Miller") == "RJM"


def test_a_filter_holds_its_words_and_few_others() -> None:
    words = [f"word{number}" for number in range(2_000)]
    held = WordFilter(filled(words, 1 << 15))
    assert all(word in held for word in words)
    assert sum(f"other{number}" in held for number in range(10_000)) < 200


def test_words_that_are_written_in_lower_case_are_common_and_names_are_not() -> None:
    assert all(
        map(names.is_common, "lang klein koch page may bakker iglesias petit winter hope mais quello zapato".split())
    )
    assert not any(map(names.is_common, "schmidt anna john peter bianchi dupont kowalski pereira threlfall".split()))
