from __future__ import annotations

from proxy.audit.records import columns
from proxy.audit.records.record import Record, columns_of_record
from proxy.audit.records.settled import NO_ANSWER, Settled


def test_each_column_has_one_name():
    assert len(set(columns.NAMES)) == len(columns.NAMES)


def test_an_exchange_without_any_answer_has_empty_columns():
    opened = Record(1, "decision", "x", 0, "acme", "a", "s", "block", "", 503, ("down",), "", "", b"")
    closed = opened._replace(kind="outcome", codes=())
    one = Settled(columns_of_record(opened), {}, NO_ANSWER, (), columns_of_record(closed), {})
    row = dict(zip(columns.NAMES, columns.row(one), strict=True))
    assert (row["exchange"], row["codes"], row["status"], row["retain_until"]) == ("x", ("down",), 503, None)
    assert {name for name, value in row.items() if value is None} == {
        "us_persons",
        "cost",
        "saved_cost",
        "coverage",
        "duration_ms",
        "retain_until",
    }
