from __future__ import annotations

import pytest

from proxy.core.occurrences import Occurrences, fold


def found(values: list[str], text: str, as_written: list[str] | None = None) -> list[str]:
    occurrences = Occurrences(values, as_written or [])
    hits = occurrences.find(text)
    assert occurrences.among(text) or not hits
    return [text[hit.start : hit.end] for hit in hits]


def test_fold_keeps_every_offset() -> None:
    assert fold("İSTANBUL") == "İstanbul"
    assert len(fold("ẞİß")) == 3


@pytest.mark.parametrize("filler", ["", "word " * 500_000])
def test_few_and_many_values_are_found_alike(filler: str) -> None:
    values = [f"value{chr(97 + n % 26)} number{chr(97 + n // 26)}" for n in range(40)]
    assert found(values, filler + "VALUEA NUMBERA, valuen numberb.") == ["VALUEA NUMBERA", "valuen numberb"]


def test_overlaps_go_to_the_longer() -> None:
    assert found(["Maria", "Maria Schmidt"], "Maria Schmidt, Maria") == ["Maria Schmidt", "Maria"]


def test_escaped_forms() -> None:
    assert found(["a&b c"], "a%26b%20c a&amp;b c a%26b+c") == ["a%26b%20c", "a&amp;b c", "a%26b+c"]


def test_as_written() -> None:
    assert found([], "Long LONG long", ["Long"]) == ["Long", "LONG"]


def test_script_without_spaces_needs_no_border() -> None:
    assert found(["田中太郎"], "私は田中太郎です") == ["田中太郎"]


def test_digits() -> None:
    assert found(["(512) 555-0142"], "+1 512 555 0142, 15125550142") == ["512 555 0142"]


def test_nothing_to_find() -> None:
    assert not Occurrences([])
    assert found([], "text") == []
