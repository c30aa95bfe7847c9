"""A number in SQL that becomes a word stands in quotes; everything else is replaced as it is."""

from __future__ import annotations

import pytest

from proxy.core.deidentification.edits import quoted


def edited(text: str, value: str, new: str = "User_X") -> str:
    start = text.index(value)
    [(start, end, written)] = quoted(text, [(start, start + len(value), new)])
    return text[:start] + written + text[end:]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT INTO t VALUES (10442, 'x')", "INSERT INTO t VALUES ('User_X', 'x')"),
        ("INSERT INTO t VALUES ('it''s', 10442)", "INSERT INTO t VALUES ('it''s', 'User_X')"),
        ("UPDATE t SET nr = 10442 WHERE a = 1", "UPDATE t SET nr = 'User_X' WHERE a = 1"),
        ("SELECT 1 FROM t WHERE nr=10442 AND b", "SELECT 1 FROM t WHERE nr='User_X' AND b"),
        ("INSERT INTO t VALUES ('call, 10442, x')", "INSERT INTO t VALUES ('call, User_X, x')"),
        ("INSERT INTO t VALUES ('10442')", "INSERT INTO t VALUES ('User_X')"),
        ("Nobody inserts (10442, 3)", "Nobody inserts (User_X, 3)"),
    ],
)
def test_only_a_bare_number_of_a_statement_is_put_in_quotes(text, expected):
    assert edited(text, "10442") == expected


def test_a_number_in_place_of_a_number_needs_none():
    assert edited("INSERT INTO t VALUES (10442)", "10442", "+999123") == "INSERT INTO t VALUES (+999123)"


def test_each_of_several_is_judged_by_its_own_place():
    text = "INSERT INTO t VALUES ('10442', 10442, '10442')"
    places = [at for at in range(len(text)) if text.startswith("10442", at)]
    assert [new for _, _, new in quoted(text, [(at, at + 5, "W") for at in places])] == ["W", "'W'", "W"]
