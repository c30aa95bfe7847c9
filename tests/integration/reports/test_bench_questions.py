"""What ``python -m bench.questions`` does: every question has a way, and is asked of real records."""

from __future__ import annotations

import datetime as dt

from rich.table import Table

from bench.questions import __main__ as command
from bench.questions import asked
from proxy.reports import catalogue

UNTIL = dt.datetime(2026, 11, 20, 13, tzinfo=dt.UTC)


async def test_questions_are_asked_of_what_was_recorded(fresh_dsn):
    await command.fill(fresh_dsn, 3)
    table = Table("what", "CPU", "wall", "memory", "way")
    await command.ask(fresh_dsn, {"AQ-10", "AQ-23"}, table)
    assert list(table.columns[0].cells) == [
        "gather, without parts", "make a part", "gather, behind the part", "AQ-10", "AQ-23",
    ]  # fmt: skip


def test_every_question_is_asked_with_what_it_needs():
    for question in catalogue.every():
        for given in asked.ways(question, UNTIL, "x", "s").values():
            assert set(question.description.required) <= set(given), question.id
