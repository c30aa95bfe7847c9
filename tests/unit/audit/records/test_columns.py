from __future__ import annotations

import json

from proxy.audit.records import columns
from proxy.audit.records.record import Record, promoted
from proxy.audit.records.settled import NO_ANSWER, Settled
from proxy.audit.writing.typed import TYPED_COLUMNS
from proxy.runtime.resources import shipped


def kept(table: str) -> set[str]:
    structure = json.loads((shipped("migrations") / "structure.json").read_text())
    start = f"column evidence.{table}."
    return {thing.removeprefix(start) for thing in structure if thing.startswith(start)}


def test_each_column_of_the_tables_is_filled():
    assert {*TYPED_COLUMNS[0], "stored_at"} == kept("exchange")
    assert set(TYPED_COLUMNS[1]) == kept("event")
    assert len(set(columns.NAMES)) == len(columns.NAMES)


def test_an_exchange_without_any_answer_has_empty_columns():
    opened = Record(1, "decision", "x", 0, "acme", "a", "s", "block", "", 503, ("down",), "", "", b"")
    closed = opened._replace(kind="outcome", codes=())
    one = Settled(promoted(opened), {}, NO_ANSWER, (), promoted(closed), {})
    row = dict(zip(columns.NAMES, columns.row(one), strict=True))
    assert (row["exchange"], row["codes"], row["status"], row["retain_until"]) == ("x", ("down",), 503, None)
    assert {name for name, value in row.items() if value is None} == {
        "us_persons",
        "coverage",
        "duration_ms",
        "retain_until",
    }


def test_texts_that_no_column_can_hold_are_cleaned():
    assert columns.cleaned(("a\x00", ["\ud800", 1], None)) == ("a\ufffd", ["\ufffd", 1], None)
