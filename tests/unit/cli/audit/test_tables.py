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
