from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from proxy.cli.audit import tables

ROW = {
    "recorded_at": datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC), "exchange": "x1", "tenant": "=HYPERLINK(1)",
    "activity": "support", "service": "helpdesk", "action": "block", "target": "", "status": 403, "ended": "denied",
    "code": "A", "codes": ["A", "B"], "ended_at": None, "restored": 0, "revision": "r", "data_revision": "d",
    "classification": {"entities": [{"type": "PERSON", "count": 2}], "categories": ["health"]},
    "data_subjects": {"regions": [{"code": "DE"}]}, "verdicts": [], "obligations_fulfilled": [],
    "obligations_unfulfilled": [], "writer": "w", "seq": 4,
}  # fmt: skip


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_guarded_disarms_formulas(cell):
    assert tables.guarded(cell) == f"'{cell}"


def test_guarded_leaves_plain_cells():
    assert tables.guarded("us-1") == "us-1"


def test_csv_has_stable_columns_and_no_formula():
    [row] = csv.DictReader(io.StringIO(tables.csv_text([ROW])))
    assert row["tenant"] == "'=HYPERLINK(1)"
    assert (row["codes"], row["entities"], row["regions"], row["seq"]) == ("A B", "PERSON:2", "DE", "4")


def test_csv_without_rows_still_has_its_header():
    assert tables.csv_text([]).startswith("recorded_at,exchange,tenant,")


def test_json_lines_are_one_object_per_line():
    lines = tables.json_lines([ROW, ROW]).splitlines()
    assert len(lines) == 2
    assert '"recorded_at":"2026-11-25T01:02:03Z"' in lines[0]


def printed(what) -> str:
    out = Console(file=io.StringIO(), width=300)
    out.print(what)
    return out.file.getvalue()


def test_listing_shows_markup_in_values_as_text():
    shown = printed(tables.listing([ROW | {"tenant": "[red]x[/red]"}]))
    assert "[red]x[/red]" in shown
    assert "x1" in shown


def test_story_shows_each_record_with_nested_facts_and_its_place():
    facts = {
        "ended": "denied",
        "nothing": [],
        "denial": {"codes": ["A"]},
        "attempts": [{"number": 1, "target": "us-1"}],
    }
    record = ROW | {"kind": "outcome", "attempt": 0, "hash": "ab" * 32, "body": {"columns": {}, "facts": facts}}
    shown = printed(tables.story([record]))
    for part in ("outcome", "denial.codes", "number 1, target us-1", "w #4"):
        assert part in shown
    assert "nothing" not in shown


def test_event_listing_shows_facts():
    row = {"recorded_at": ROW["recorded_at"], "action": "log_read", "tenant": "", "target": "", "facts": {"rows": 3}}
    assert '{"rows":3}' in printed(tables.event_listing([row]))
