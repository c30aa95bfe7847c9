from __future__ import annotations

import io
from datetime import UTC, datetime

from rich.console import Console

from proxy.cli.audit import tables

ROW = {
    "recorded_at": datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC), "at": "2026-11-25T01:02:03Z", "exchange": "x1", "tenant": "=HYPERLINK(1)",
    "activity": "support", "service": "helpdesk", "action": "block", "target": "", "status": 403, "ended": "denied",
    "code": "A", "codes": ["A", "B"], "ended_at": None, "restored": 0, "revision": "r", "data_revision": "d",
    "classification": {"entities": [{"type": "PERSON", "count": 2}], "categories": ["health"]},
    "data_subjects": {"regions": [{"code": "DE"}]}, "verdicts": [], "obligations_fulfilled": [],
    "obligations_unfulfilled": [], "writer": "w", "seq": 4,
}  # fmt: skip


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


def test_event_listing_shows_facts():
    row = {"recorded_at": ROW["recorded_at"], "action": "log_read", "tenant": "", "target": "", "facts": {"rows": 3}}
    assert '{"rows":3}' in printed(tables.event_listing([row]))


def test_an_answer_that_fits_is_a_table_with_moments_to_the_second():
    shown = printed(tables.answer([{"at": "2026-11-25T01:02:03.123456Z", "n": 3}], ("at", "n"), 80))
    assert shown.split() == ["at", "(UTC)", "n", "2026-11-25T01:02:03Z", "3"]


def test_an_answer_that_is_too_wide_has_a_line_for_each_column_that_holds_something():
    row = {f"column_{number}": f"value {number}" * (number != 3) for number in range(12)}
    shown = [line.strip().split(maxsplit=1) for line in printed(tables.answer([row, row], tuple(row), 80)).splitlines()]
    assert shown.count(["column_4", "value 4"]) == 2
    assert ["row", "2"] in shown
    assert not any(line[:1] == ["column_3"] for line in shown)


def test_an_answer_without_rows_says_so():
    assert printed(tables.answer([], ("at",))).strip() == "no rows"
