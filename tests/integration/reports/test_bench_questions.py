"""What ``python -m bench.questions`` does: every question has a way, and is asked of real records."""

from __future__ import annotations

import datetime as dt

from rich.table import Table

from bench.questions import __main__ as command
from bench.questions import asked
from bench.questions.filling import Filling
from proxy.reports import catalogue

UNTIL = dt.datetime(2026, 11, 20, 13, tzinfo=dt.UTC)


async def test_questions_are_asked_of_what_was_recorded(fresh_dsn):
    filling = Filling(fresh_dsn, 2)
    await filling.days(dt.date(2026, 3, 30), 4, 3)
    table = Table("what", "CPU", "wall", "memory", "backend", "way")
    await command.ask(fresh_dsn, {"AQ-10", "AQ-23"}, table)
    assert list(table.columns[0].cells) == [
        "make parts", "(1 turns)", "gather, for the first time", "gather", "AQ-10", "AQ-23", "audit verify",
        f"({filling.records + 4} records, 0 damages)",
    ]  # fmt: skip
    assert filling.exchanges == 12


def test_every_question_is_asked_with_what_it_needs():
    for question in catalogue.every():
        for given in asked.ways(question, UNTIL, "x", "s").values():
            assert set(question.description.required) <= set(given), question.id
