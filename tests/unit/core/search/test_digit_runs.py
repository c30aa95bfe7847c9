from __future__ import annotations

from proxy.core.search.digit_runs import DigitRuns, bare


def found(text: str, *numbers: str) -> list[str]:
    runs = DigitRuns()
    for number in numbers:
        runs.add(number, number)
    return [text[start:end] for start, end, _ in runs.find(text)]


def test_numbers_in_any_grouping() -> None:
    text = "4111_1111\n1111·1111 41111111111111112 4111 -- 1111--1111 1111"
    assert found(text, "4111111111111111") == ["4111_1111\n1111·1111", "4111 -- 1111--1111 1111"]


def test_among_and_digits_of_other_scripts() -> None:
    runs = DigitRuns()
    assert not runs
    runs.add("482913", "482913")
    assert runs
    assert runs.among("x482913")
    assert not runs.among("x48291")
    assert found("\u0664\u0668\u0662\u0669\u0661\u0663", "482913") == ["\u0664\u0668\u0662\u0669\u0661\u0663"]
    assert bare("a\u0664 1") == "41"
