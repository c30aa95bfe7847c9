"""Keys tell records of things from records of people; rows without a header are those of people by their neighbours."""

from __future__ import annotations

import pytest

from proxy.core.findings import Finding
from proxy.detection.people.catalogues import with_births, with_staff, without_things
from proxy.detection.text.fields import Cell


def record(*members, kinds=()):
    """Return the text of a document, its cells, and a finding for each value whose key or number is in ``kinds``."""
    text, cells, findings = "", [], []
    for at, (label, value) in enumerate(members):
        start = len(text) + len(label) + 2
        cells.append(Cell(label, start, start + len(value)))
        kind = dict(kinds).get(label, dict(kinds).get(at))
        if kind:
            findings.append(Finding(kind[0], start, start + len(value), 0.9, kind[1]))
        text += f"{label}: {value}\n"
    return text, findings, cells


GUESS = ("PERSON", "classifier")


@pytest.mark.parametrize(
    ("members", "kinds"),
    [
        ((("title", "Anna Karenina"), ("isbn", "9780140449136")), {"title": GUESS, "isbn": ("NATIONAL_ID", "classifier")}),
        ((("title", "Mrs Dalloway"), ("pages", "300")), {"title": ("PERSON", "name_titled")}),
        ((("breed", "Jack Russell"), ("size", "small")), {"breed": GUESS}),
        ((("name", "Charlotte Douglas"), ("iata", "CLT")), {"name": GUESS}),
        ((("train", "ICE 578"), ("from", "Ulm"), ("to", "Singen")), {"train": ("VEHICLE_ID", "classifier"), "from": ("PERSON", "name_label")}),
        ((("stop_name", "Karl Marx"), ("stop_lat", "52.1")), {"stop_name": GUESS}),
        ((("name", "Emma Maersk"), ("imo", "9395044")), {"name": GUESS, "imo": ("PHONE_NUMBER", "phone_context")}),
    ],
)  # fmt: skip
def test_names_and_codes_of_things_are_nobodys(members, kinds):
    text, findings, cells = record(*members, kinds=kinds)
    assert findings
    assert without_things(text, findings, cells) == ()


@pytest.mark.parametrize(
    ("members", "kinds"),
    [
        ((("name", "Anna Kowalska"), ("item", "Lamp"), ("sku", "L1")), {"name": GUESS}),
        ((("passenger", "Anna Kowalska"), ("flight", "LH 1")), {"passenger": GUESS}),
        ((("name", "Anna Kowalska"), ("flight", "LH 1"), ("gate", "A1")), {"name": GUESS}),
        ((("author", "Jane Eyre"), ("isbn", "9780140449136")), {"author": GUESS}),
        ((("title", "Mr"), ("name", "Anna Kowalska")), {"name": GUESS}),
        ((("job title", "nurse"), ("name", "Anna Kowalska")), {"name": GUESS}),
        ((("title", "Emma"), ("isbn", "1"), ("mail", "a@b.example")), {"title": GUESS, "mail": ("EMAIL_ADDRESS", "email")}),
        ((("title", "a talk with Emma about her health"), ("pages", "3")), {"title": GUESS}),
    ],
)  # fmt: skip
def test_people_stay(members, kinds):
    text, findings, cells = record(*members, kinds=kinds)
    assert without_things(text, findings, cells) == tuple(findings)


NAMED = {1: GUESS, 2: ("DATE", "date_iso"), 3: ("STREET_ADDRESS", "classifier")}


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (("Dinkelacker", "Rosmarie", "1958-03-12", "Steinstr. 4"), "DATE_OF_BIRTH"),
        (("Dinkelacker", "Rosmarie", "2024-03-12", "Steinstr. 4"), "DATE"),
        (("1", "Mehl Typ 405", "1998-03-12", "Steinstr. 4"), "DATE"),
    ],
)
def test_dates_of_rows_are_births_beside_a_name_and_an_address(row, kind):
    text, findings, cells = record(*((f"#{number}", value) for number, value in enumerate(row, 1)), kinds=NAMED)
    assert [f.entity_type for f in with_births(text, findings, cells)] == ["PERSON", kind, "STREET_ADDRESS"]


def test_a_date_in_rows_of_people_is_a_birth_whatever_was_found_in_it():
    rows = (("#1", "Tea"), ("#2", "Via Roma 22"), ("#3", "1979-10-02"))
    kinds = {1: ("STREET_ADDRESS", "street_italian"), 2: ("ZIP_CODE", "classifier")}
    text, findings, cells = record(*rows, kinds=kinds)
    assert [f.entity_type for f in with_births(text, findings, cells)] == ["STREET_ADDRESS", "DATE_OF_BIRTH"]


@pytest.mark.parametrize(("key", "value", "told"), [("employee no", "10442", True), ("host no", "10442", False)])
@pytest.mark.parametrize(("name", "named"), [("Penhaligon", True), ("Wolf", True), ("late shift", False)])
def test_a_bare_name_beside_the_number_of_a_person_is_one(key, value, told, name, named):
    text, findings, cells = record((key, value), ("name", name))
    people = with_staff(text, findings, cells)
    assert [text[f.start : f.end] for f in people] == [name] * (told and named)
