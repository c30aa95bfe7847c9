from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from proxy.reports import rows


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (datetime(2026, 7, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2026-07-01T00:00:00Z"),
        (datetime(2026, 7, 1, 0, 0, 0, 5, UTC), "2026-07-01T00:00:00.000005Z"), (date(2026, 7, 1), "2026-07-01"),
        (b"\x01\xff", "01ff"), (Decimal(3), 3), (Decimal("3.5"), 3.5), ([b"\x01", [None]], ["01", [None]]), (True, True),
        ("x", "x"),
    ],
)  # fmt: skip
def test_a_value_is_one_that_json_knows(value, plain):
    assert rows.value(value) == plain


def test_documents_are_opened_and_nothing_stays_nothing():
    assert rows.plain({"a": '{"b":1}', "c": None, "d": "{}"}, {"a", "c"}) == {"a": {"b": 1}, "c": None, "d": "{}"}
    assert rows.written({"a": None, "b": 0, "c": b"\x00"}) == {"b": 0, "c": "00"}


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "yes"), (0, "0"), ("a b", "a b"), (["a", None, "b"], "a  b"), ({"b": 1, "a": 2}, '{"a":2,"b":1}')],
)  # fmt: skip
def test_a_value_is_one_text(value, text):
    assert rows.cell(value) == text
