"""SQL is read as the columns and literals that it consists of."""

from __future__ import annotations

import pytest

from proxy.detection.text.statements import laid_out


def pairs(text: str) -> list[tuple[str, str]]:
    return [(cell.label, text[cell.start : cell.end]) for cell in laid_out(text)]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT a FROM t WHERE t.title = 'Otto' AND town IN ('Ulm', 'Hamm')", [("title", "Otto"), ("town", "Ulm"), ("town", "Hamm")]),
        ("UPDATE people SET surname = 'Roe', \"nick\" = 'ann' WHERE nr = 12345678", [("surname", "Roe"), ("nick", "ann"), ("nr", "12345678")]),
        ("-- for Ann\nDELETE FROM t WHERE day BETWEEN '1' AND '2'", [("", "-- for Ann"), ("day", "1"), ("day", "2")]),
        ("insert into t (id, name, note) values (1, 'D''Hondt', 'a, b'), (2, 'Roe', '')", [("name", "D''Hondt"), ("note", "a, b"), ("name", "Roe")]),
        ("INSERT INTO t (name) VALUES ('Roe'); /* by Ann */ SELECT x FROM t WHERE y LIKE 'z%'", [("name", "Roe"), ("", "/* by Ann */"), ("y", "z%")]),
    ],
)  # fmt: skip
def test_literal_has_the_column_that_it_belongs_to(statement, expected):
    assert pairs(statement) == expected
    assert pairs(f"\n  {statement};\n") == expected


@pytest.mark.parametrize(
    "text", ["Select a seat from row 'B' please", "Update: 'Otto' is back", "x = 'SELECT a FROM b'", ""]
)
def test_text_that_begins_with_no_statement_has_no_columns(text):
    assert pairs(text) == [] or text.startswith("Select")
