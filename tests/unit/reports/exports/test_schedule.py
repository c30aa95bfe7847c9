from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.reports.exports.job import ExportKind, NewExport
from proxy.reports.exports.schedule import Every, Schedule, at_time, is_timed


def asked(kind=ExportKind.QUESTION, name="AQ-14", **given):
    return NewExport(kind, name, given, "pdf", "jane (k1)", "jane", "acme", ("acme",), "review", "de")


@pytest.mark.parametrize(
    ("every", "due", "since"),
    [
        (Every.DAY, "2026-03-01", "2026-02-28"),
        (Every.WEEK, "2026-03-02", "2026-02-23"),
        (Every.MONTH, "2026-03-01", "2026-02-01"),
        (Every.MONTH, "2026-01-01", "2025-12-01"),
    ],
)
def test_an_export_is_about_the_time_that_has_ended(every, due, since):
    moment = datetime.fromisoformat(due).replace(tzinfo=UTC)
    made = at_time(asked(code="NO_BAA"), every, moment)
    assert made.parameters == {"code": "NO_BAA", "since": since, "until": due}
    assert (made.tenants, made.language, made.person) == (("acme",), "de", "jane")


def test_only_what_a_form_takes_is_set_and_what_it_needs_is_there():
    due = datetime(2026, 3, 1, tzinfo=UTC)
    assert at_time(asked(name="AQ-17", days=30), Every.MONTH, due).parameters == {"days": 30}
    breach = at_time(asked(ExportKind.REPORT, "breach"), Every.DAY, due).parameters
    assert {"since": "2026-02-28", "until": "2026-03-01"}.items() <= breach.items()
    assert at_time(asked(name="AQ-99"), Every.DAY, due).parameters == {}


def test_the_next_export_names_its_schedule():
    due = datetime(2026, 3, 1, tzinfo=UTC)
    schedule = Schedule("sc_aaaaaaaaaaaa", asked(), Every.DAY, due, due, due)
    assert schedule.next.schedule == "sc_aaaaaaaaaaaa"
    assert schedule.document()["due"] == due


def test_a_time_of_ones_own_is_noticed():
    assert is_timed({"since": "2026-01-01"})
    assert not is_timed({"since": None, "code": "x"})
