"""Which values stand in JSON, in lines of JSON and in tables, and under which keys."""

from __future__ import annotations

import json

import pytest

from proxy.core.leaves import TextLeaf
from proxy.detection.text.layout import laid_out, laid_together


def values(text):
    return [(cell.label, text[cell.start : cell.end]) for cell in laid_out(text).cells]


def test_json():
    text = json.dumps(
        {"people": [{"fullName": "Ada Byl", "tags": ["x", "y"], "n": 7}], "note": 'a "b"', "id": 12345678}
    )
    assert values(text) == [
        ("full name", "Ada Byl"), ("tags", "x"), ("tags", "y"), ("note", 'a \\"b\\"'), ("id", "12345678"),
    ]  # fmt: skip


def test_lines_of_json():
    assert values('{"a": "x"}\n\n{"a": "y", "a": "z"}\n') == [("a", "x"), ("a", "y"), ("a", "z")]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_rows_of_a_table(separator):
    rows = ["who,where,when", '"Byl, Ada",Ulm,1980', "Bo,,1981", "", "Thanks."]
    text = "\n".join(
        row.replace(",", separator)
        if row[:1] != '"'
        else row.replace(",U", f"{separator}U").replace(",1", f"{separator}1")
        for row in rows
    )
    assert values(f"Here:\n{text}") == [
        ("", "Here:\n"), ("who", "Byl, Ada"), ("where", "Ulm"), ("when", "1980"), ("who", "Bo"), ("when", "1981"),
        ("", "\n\nThanks."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "{", "{not json}", "[1, 2]", "One, two, three\nfour", "a,b\n1,2\n3,4", '{"a": "x"}\nand more', "{}"]
)
def test_other_texts_are_not_laid_out(text):
    assert values(text) == []


@pytest.mark.parametrize(
    ("keys", "labels"),
    [
        (("first", "last"), ["first name", "last name"]),
        (("given", "family"), ["first name", "last name"]),
        (("first", "size"), ["first", "size"]),
    ],
)
def test_parts_of_a_name_are_so_beside_each_other(keys: tuple[str, str], labels: list[str]) -> None:
    text = json.dumps(dict(zip(keys, ("Will", "Power"), strict=True)))
    assert [cell.label for cell in laid_together([TextLeaf(text)]).fields] == labels


def test_lines_of_a_listing_stand_without_their_key():
    shown = "<file>\n1: import os\n2: \n3: MONTHS = ['Jan', 'Mar']\n</file>"
    layout = laid_together([TextLeaf(shown, "output", "d"), TextLeaf("Ulm", "city", "d")])
    assert layout.text == "<file>\nimport os\nMONTHS = ['Jan', 'Mar']\n</file>\ncity: Ulm\n"
    assert [cell.label for cell in layout.fields] == ["city"]
