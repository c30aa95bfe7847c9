"""Every cell of a table is read with the name of its column."""

from __future__ import annotations

import time

import pytest

from proxy.core.findings import Finding
from proxy.detection.text.tables import cells, findings_in, laid_out, merged
from testing import models

SCAN = models.scanner().scan
LINE = ("Anna Kos", "21/05/1947", "akos12", "601 398 303")
HEAD = ("name", "dob", "username", "phone")


def types(text):
    return {(f.entity_type, text[f.start : f.end]) for f in findings_in(text, SCAN)}


def separated(separator, head=HEAD):
    return f"Check:\n\n{separator.join(head)}\n{separator.join(LINE)}\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " | ", "   "])
def test_columns_tell_what_their_values_are(separator):
    found = types(separated(separator))
    assert ("DATE_OF_BIRTH", "21/05/1947") in found
    assert ("USERNAME", "akos12") in found
    assert ("PERSON", "Anna Kos") in found
    assert ("PHONE_NUMBER", "601 398 303") in found


@pytest.mark.parametrize(
    "birth",
    ["dob", "geb.", "Geburtsdatum", "fecha_nac", "data_nascita", "birthDate", "date de naissance", "data urodzenia"],
)
def test_a_date_of_birth_is_told_in_every_language(birth):
    assert ("DATE_OF_BIRTH", "21/05/1947") in types(separated(";", ("name", birth, "username", "phone")))


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO customer (name, dob, username, phone) VALUES ('Anna Kos', '21/05/1947', 'akos12', '601 398 303');",
        "insert into c (name, dob, username, phone) values ('X', '1/1/2000', 'xy', '1'),\n('O''Neill, Anna', '21/05/1947', 'akos12', '2')",
        "| name | dob | username | phone |\n|---|:--|---|---|\n| Anna Kos | 21/05/1947 | akos12 | 601 398 303 |",
        " name | dob | username | phone\n------+-----+----------+------\n Anna Kos | 21/05/1947 | akos12 | 601",
        "<table><tr><th>Name</th><th>DOB</th><th>Username</th></tr><tr><td><b>Anna Kos</b></td><td>21/05/1947</td><td>akos12</td></tr></table>",
        'name,dob,username,phone\n"Kos, Anna","21/05/1947",akos12,601',
    ],
)
def test_every_way_to_write_a_table_is_read(text):
    found = types(text)
    assert ("DATE_OF_BIRTH", "21/05/1947") in found
    assert ("USERNAME", "akos12") in found


def test_a_header_far_above_counts():
    rows = "\n".join(f"Anna Kos {n},21/05/1947" for n in range(800))
    found = [f for f in findings_in(f"name,dob\n{rows}", SCAN) if f.entity_type == "DATE_OF_BIRTH"]
    assert len(found) == 800


@pytest.mark.parametrize(
    "text",
    [
        "sku;name;stock;price\nLMP-204;desk lamp;18;49.90",
        "product,name,date\nlamp,Desk Lamp,21/05/2024",
        "First, second, third.\nAnd a line, with, commas.",
        "INSERT INTO part (sku, name) VALUES ('LMP-204', 'Desk Lamp');",
    ],
)
def test_tables_of_goods_and_prose_have_no_cells(text):
    assert list(cells(text)) == []


def test_a_date_of_birth_takes_the_place_of_a_date():
    date = Finding("DATE", 3, 13, 0.7, "date_numeric")
    birth = Finding("DATE_OF_BIRTH", 3, 13, 0.9, "date_numeric")
    assert merged([date], [birth]) == [birth]


def test_a_row_of_markup_ends_where_the_next_begins():
    text = "<table><tr><th>Name<th>DOB<th>Username<tr><td><b>Anna Kos</b><td> <i>21/05/1947</i> <td>akos12</table>"
    assert types(text) >= {("PERSON", "Anna Kos"), ("DATE_OF_BIRTH", "21/05/1947"), ("USERNAME", "akos12")}


def test_a_quotation_mark_within_a_value_is_written_twice():
    text = "INSERT INTO customer (name, username, phone) VALUES ('Anna ''Ania'' Kos', 'akos12', '601 398 303'), ('', '', '');"
    assert {("USERNAME", "akos12"), ("PHONE_NUMBER", "601 398 303")} <= types(text)


@pytest.mark.parametrize(
    "opening", ["", "name,email,phone\n", "INSERT INTO people (name, email) VALUES ('", "<tr><td>"]
)
@pytest.mark.parametrize("piece", ['",', "',", ",'", "''", "('", "<tr>", "<a", "<a> "])
def test_the_cost_is_linear(opening, piece):
    def cost(length: int) -> float:
        text = opening + (piece * length)[:length] + "x"
        begun = time.process_time()
        list(cells(text))
        return time.process_time() - begun

    cost(1_000)
    assert min(cost(32_000) for _ in range(2)) < 40 * max(cost(3_200), 0.003)


@pytest.mark.parametrize("separator", [";", "\t", "|", ","])
def test_rows_without_a_header_are_cells_under_their_numbers(separator):
    rows = [
        ("Dinkelacker", "Rosmarie", "12.03.1958", "Steinstr. 4"),
        ("Unverzagt", "Holger", "30.07.1990", "Neue Gasse 11"),
    ]
    text = "\n".join(separator.join(row) for row in rows)
    cells = [(cell.label, text[cell.start : cell.end]) for cell in laid_out(text)]
    assert cells == [(str(at), value) for row in rows for at, value in enumerate(row, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "He came, saw, won.\nShe went, saw, lost.",
        "a;b;c",
        "a;b;c\na;b",
        "a;b\nc;d",
        "one line\nanother; with two; signs",
    ],
)
def test_other_lines_are_no_rows(text):
    assert [cell for cell in laid_out(text) if cell.label.isdigit()] == []


@pytest.mark.parametrize("gap", ["      ", "\t"])
def test_two_columns_of_labels_and_values_are_a_form(gap: str) -> None:
    text = "\n".join(
        gap.join(line)
        for line in (("Surname", "Roe"), ("Forename", "Anna"), ("Colour", "blue"), ("Date of birth", "07.11.1992"))
    )
    found = {(f.entity_type, text[f.start : f.end]) for f in findings_in(text, SCAN)}
    assert ("DATE_OF_BIRTH", "07.11.1992") in found
    assert {value for kind, value in found if kind == "PERSON"} == {"Roe", "Anna"}


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("value", ["Jack Daniel's", "L'Oréal d'Argent", "O'Brien", "dell'Acqua", "N'Diaye l'aînée"])
def test_an_apostrophe_within_a_word_is_no_quotation_mark(separator, value):
    rows = [("first", "second", "third"), (value, value, "1"), ("x", value, value), ("'a, b; c'", value, "2")]
    text = "\n".join(separator.join(row) for row in rows)
    read = [(cell.label, text[cell.start : cell.end]) for cell in laid_out(text) if cell.label]
    assert read == [(label, cell.strip("'")) for row in rows[1:] for label, cell in zip(rows[0], row, strict=True)]
