from __future__ import annotations

import time

import pytest

from proxy.core.deidentification.notices import notice_safe_harbor
from proxy.core.findings import Finding


def seen(text: str, *findings: Finding) -> set[tuple[str, str]]:
    return {(f.entity_type, text[f.start : f.end]) for f in notice_safe_harbor(text, findings)}


@pytest.mark.parametrize(
    ("text", "entity_type", "value"),
    [
        ("his mother-in-law Ruth Klein came", "PERSON", "Ruth Klein"),
        ("her husband is Tom", "PERSON", "Tom"),
        ("employed by Stark Industries since", "ORGANIZATION", "Stark Industries"),
        ("at Mercy General Hospital", "ORGANIZATION", "Mercy General Hospital"),
        ("University of Vermont", "ORGANIZATION", "University of Vermont"),
        ("in Orange County", "LOCATION", "Orange County"),
        ("of Burlington, Vermont", "LOCATION", "Burlington"),
        ("Keene, NH 03431-1234", "ZIP_CODE", "03431-1234"),
        ("a 94 y/o", "AGE", "94"),
        ("turned 92 last May", "DATE", "May"),
        ("DOB: Mar 3, 1931", "DATE_OF_BIRTH", "Mar 3, 1931"),
        ("year of birth 1931", "DATE_OF_BIRTH", "1931"),
        ("on 3/12 he", "DATE", "3/12"),
        ("on Thanksgiving", "DATE", "Thanksgiving"),
        ("SSN 000-12-3456", "US_SSN", "000-12-3456"),
        ("initials: J.R.", "PERSON", "J.R."),
    ],
)
def test_gives_away(text: str, entity_type: str, value: str) -> None:
    assert (entity_type, value) in seen(text)


@pytest.mark.parametrize(
    "text",
    [
        "BP 120/80, pain 7/10, the son was well",
        "fiscal year ending 2024",
        "he may march on",
        "ratio 3.12.1",
        "turned 95 degrees",
    ],
)
def test_does_not_give_away(text: str) -> None:
    assert seen(text) == set()


def test_initials_of_a_name_that_was_found() -> None:
    text = "Robert J. Miller (RJM): R.J.M. and R.M. agreed; patient RJM"
    found = seen(text, Finding("PERSON", 0, 16, 1.0, "test"))
    assert {("PERSON", "R.J.M."), ("PERSON", "RJM")} <= found


@pytest.mark.parametrize(
    "piece", ["A", "A-", "A ", "x", "*", "** ", "1", "1/", "Mar ", "A and ", "born ", "last 4 of a "]
)
def test_cost_is_linear(piece: str) -> None:
    text = piece * (60_000 // len(piece))

    def cost(size: int) -> float:
        start = time.thread_time()
        notice_safe_harbor(text[:size], ())
        return time.thread_time() - start

    assert cost(60_000) < 6 * cost(20_000) + 0.05
