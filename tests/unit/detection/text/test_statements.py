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
        ("insert into t (id, name, note) values (1, 'D''Hondt', 'a, b'), (2, 'Roe', '')", [("id", "1"), ("name", "D''Hondt"), ("note", "a, b"), ("id", "2"), ("name", "Roe")]),
        ("INSERT INTO t (name) VALUES ('Roe'); /* by Ann */ SELECT x FROM t WHERE y LIKE 'z%'", [("name", "Roe"), ("", "/* by Ann */"), ("y", "z%")]),
    ],
)  # fmt: skip
def test_literal_has_the_column_that_it_belongs_to(statement, expected):
    assert pairs(statement) == expected
    assert pairs(f"\n  {statement};\n") == expected


@pytest.mark.parametrize(
    "head",
    ["INSERT INTO t (a, b) VALUES", "insert into [dbo].[t] ([a], [b]) values", 'INSERT INTO s."t" ("a", "b") VALUES\n ',
     "REPLACE INTO `t` (`a`, `b`) VALUES", "INSERT OR IGNORE INTO t(a,b) VALUES", "CREATE TABLE t (a TEXT, b INT);\nINSERT INTO t VALUES",
     "INSERT [dbo].[t] ([a], [b]) VALUES"],
)  # fmt: skip
@pytest.mark.parametrize("literal", ["'x, (y'", "N'x, (y'", '"x, (y"', "E'x, (y'", "CAST(N'x, (y' AS text)"])
@pytest.mark.parametrize("joint", [", ", ",", ",\n\t", "); INSERT INTO t (a, b) VALUES ("])
@pytest.mark.parametrize("around", ["{}", "Why?\n\n```sql\n{}\n```\nThanks", "-- dump\nUSE s;\n{}\nCOMMIT;"])
def test_rows_are_read_under_their_columns_in_every_dialect(head, literal, joint, around):
    rows = f"({literal}, 12345678{joint if ';' in joint else f'){joint}('}'z''w', 4990)"
    values = [pair for pair in pairs(around.format(f"{head} {rows};")) if pair[0]]
    assert values == [("a", "x, (y"), ("b", "12345678"), ("a", "z''w"), ("b", "4990")]


def test_rows_without_columns_are_numbered_and_end_with_the_statement():
    text = "INSERT INTO t VALUES ('x', 1, 'y')\nON CONFLICT DO NOTHING;\nMail Ann."
    assert pairs(text) == [("#1", "x"), ("#2", "1"), ("#3", "y"), ("", "Mail Ann.")]
    assert pairs("INSERT INTO t VALUES (1, 'x')\nMail Ann, 'b'.") == [("#1", "1"), ("#2", "x"), ("", "Mail Ann, 'b'.")]


def test_copied_rows_are_read_under_their_columns():
    text = "COPY public.t (a, b) FROM stdin;\n1\tx y\n2\t\\N\n\\.\nMail Ann."
    assert pairs(text)[:3] == [("a", "1"), ("b", "x y"), ("a", "2")]
    assert "Mail Ann." in pairs(text)[-1][1]


@pytest.mark.parametrize(
    "text", ["Select a seat from row 'B' please", "Update: 'Otto' is back", "x = 'SELECT a FROM b'", ""]
)
def test_text_that_begins_with_no_statement_has_no_columns(text):
    assert pairs(text) == [] or text.startswith("Select")
