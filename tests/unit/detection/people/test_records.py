"""Keys of records of people say what their values are."""

from __future__ import annotations

import pytest

from proxy.core.findings import Finding
from proxy.detection.people.records import with_records
from proxy.detection.text.fields import Cell


def laid(*pairs: tuple[str, str, str]) -> tuple[str, list[Finding], list[Cell]]:
    """Return lines of (key, value, what a model takes it for, "" for nothing)."""
    text, findings, cells = "", [], []
    for label, value, kind in pairs:
        text += f"{label}: {value}\n"
        cell = Cell(label, len(text) - 1 - len(value), len(text) - 1)
        cells.append(cell)
        if kind:
            findings.append(Finding(kind, cell.start, cell.end, 0.9, "classifier"))
    return text, findings, cells


def kinds(*pairs: tuple[str, str, str]) -> list[str]:
    text, findings, cells = laid(*pairs)
    told = {f.start: f.entity_type for f in with_records(text, findings, cells)}
    return [told.get(cell.start, "") for cell in cells]


@pytest.mark.parametrize(
    ("label", "value", "guess", "kind"),
    [
        ("employee_no", "10442", "ZIP_CODE", "USERNAME"),
        ("matricule", "A2201", "", "USERNAME"),
        ("klantnr", "81120", "ZIP_CODE", "USERNAME"),
        ("plaats", "81120", "ZIP_CODE", "ZIP_CODE"),
        ("f2", "Dinkelacker", "LOCATION", "PERSON"),
        ("f3", "Dinkelacker", "", "PERSON"),
        ("f4", "668 59 69 42", "", "PHONE_NUMBER"),
        ("f5", "02.11.1958", "DATE", "DATE_OF_BIRTH"),
        ("f6", "02.11.2025", "DATE", "PHONE_NUMBER"),
        ("delivered", "02.11.1958", "DATE", "DATE"),
        ("amount", "668596942", "", ""),
        ("note", "Dinkelacker", "LOCATION", "LOCATION"),
        ("f7", "Germany", "LOCATION", "LOCATION"),
    ],
)
def test_a_key_says_what_its_value_is(label, value, guess, kind):
    assert kinds((label, value, guess)) == [kind]


def test_findings_that_a_key_says_nothing_of_stay():
    pairs = (("mail", "a@b.example", "EMAIL_ADDRESS"), ("title", "Desk lamp", ""), ("city", "Ulm", "LOCATION"))
    assert kinds(*pairs) == ["EMAIL_ADDRESS", "", "LOCATION"]
