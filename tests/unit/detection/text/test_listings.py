"""Listings are read without the numbers of their lines, at the offsets of the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.detection.text.fields import Cell
from proxy.detection.text.layout import laid_out
from proxy.detection.text.listings import listing

LINES = st.lists(st.text(alphabet="ab :1|\t", max_size=8), min_size=2, max_size=9)


@given(LINES, st.integers(0, 90), st.sampled_from(["\t", "→", ": ", " │ "]))
def test_lines_without_numbers_stand_where_they_stood(lines: list[str], first: int, mark: str) -> None:
    text = "\n".join(f"  {first + at}{mark}x{line}" for at, line in enumerate(lines))
    shown = listing(text)
    assert shown is not None
    assert shown.text.split("\n") == [f"x{line}" for line in lines]
    cells = list(shown.back([Cell("", 0, len(shown.text))]))
    assert [text[cell.start : cell.end] for cell in cells] == shown.text.split("\n")


@pytest.mark.parametrize(
    "text",
    [
        "no numbers\nat all",
        "1\tone line",
        "3\tdown\n2\tdown",
        "id\tname\tplace\n1\tAnna\tUlm\n2\tJan\tKiel",
        "1 | Anna | Ulm\n2 | Jan | Kiel",
        "10:01 start\n11:05 end",
        "1\tmixed\n2: marks",
    ],
)
def test_other_texts_are_no_listings(text: str) -> None:
    assert listing(text) is None


@pytest.mark.parametrize("mark", ["\t", "→", ": "])
def test_what_is_laid_out_in_a_listing_is_laid_out(mark: str) -> None:
    rows = "name,dob,town\nAnna Roe,1970-01-02,Ulm\nJan Kos,1971-03-04,Kiel"
    text = "\n".join(f"{at}{mark}{row}" for at, row in enumerate(rows.split("\n"), 1))
    cells = [(cell.label, text[cell.start : cell.end]) for cell in laid_out(text).cells]
    assert ("dob", "1970-01-02") in cells
    assert ("name", "Jan Kos") in cells


def test_words_in_a_listing_are_no_data() -> None:
    assert laid_out("1\t# Notes\n2\t\n3\tcall Anna").listed
