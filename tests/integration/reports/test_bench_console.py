"""What the console's bench counts: a page reads the log once, and no more of it when the log has older days too."""

from __future__ import annotations

import datetime as dt

from rich.table import Table

from bench import console
from bench.questions.filling import Filling
from proxy.audit.access.closing import PartCloser
from proxy.audit.upkeep.checkpointer import Checkpointer
from testing import evidence

#: Statements that a page sends the database, whatever the log holds.
MOST = 90


async def costs(dsn, monkeypatch):
    monkeypatch.setattr(console, "PAGES", ("?p=7d", "exchanges?p=7d"))
    monkeypatch.setattr(console, "_AGAIN", 1)
    table, counters = Table(), console.Counters()
    with counters.counting():
        await console.opened(dsn, "x", counters, table)
    rows = zip(*(column.cells for column in list(table.columns)[:5]), strict=True)
    assert all(0 < int(statements) <= MOST for *_, statements in rows)
    rows = zip(*(column.cells for column in list(table.columns)[:4]), strict=True)
    return {page: (status, int(readings), int(records)) for page, status, readings, records in rows}


async def test_a_page_reads_the_log_once_and_nothing_that_it_does_not_show(fresh_dsn, monkeypatch):
    filling, today = Filling(fresh_dsn, 2), dt.datetime.now(dt.UTC).date()
    seen = []
    for first, days in ((30, 4), (20, 8)):
        await filling.days(today - dt.timedelta(days=first), days, 2)
        await Checkpointer(fresh_dsn, evidence.SIGNING).once()
        while await PartCloser(fresh_dsn, evidence.SIGNING).once(least=1):
            pass
        seen.append(await costs(fresh_dsn, monkeypatch))
    for pages in seen:
        assert {(status, readings) for status, readings, _ in pages.values()} == {("200", 1)}
    before, after = (sum(records for *_, records in pages.values()) for pages in seen)
    assert after <= before, f"{before} records were read of a log of 4 days, {after} of one of 12"
