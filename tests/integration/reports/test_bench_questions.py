"""The world in which ``python -m bench.questions`` asks: every question has a way, and the rollups are those of its exchanges."""

from __future__ import annotations

import datetime as dt

import pytest

from bench.questions import __main__ as command
from bench.questions import asked, world
from proxy.reports import catalogue

UNTIL = dt.datetime(2026, 11, 20, 13, tzinfo=dt.UTC)


@pytest.fixture
async def filled(fresh_dsn):
    await world.fill(fresh_dsn, 2_000, UNTIL, lambda _: None)


async def test_ten_months_are_filled_and_folded_and_questions_find_them(filled, reader):
    exchanges, months, tenants = await reader.fetchrow(
        "SELECT count(*), count(DISTINCT date_trunc('month', at)), count(DISTINCT tenant) FROM evidence.exchange"
    )
    assert (exchanges, months, tenants) == (2_000, 10, 22)
    for rollup, view in (("day", "each_day"), ("entity_day", "each_entity"), ("transfer_day", "each_transfer")):
        folded = await reader.fetchval(f"SELECT sum(n) FROM evidence.{rollup}_folded")
        assert folded == await reader.fetchval(f"SELECT sum(n) FROM evidence.{view}") > 0
    exchange = await reader.fetchval("SELECT exchange FROM audit.record LIMIT 1")
    subject = await reader.fetchval("SELECT subject FROM evidence.touch LIMIT 1")
    for name in ("AQ-13", "AQ-10", "AQ-23"):
        question = catalogue.named(name)
        [(way, given), *_] = asked.ways(question, UNTIL, exchange, subject).items()
        done = await command.timed(reader, question, way, given, 1)
        assert (done.rows > 0, len(done.seconds), len(done.cpu)) == (True, 1, 1)


def test_every_question_is_asked_with_what_it_needs():
    for question in catalogue.every():
        for given in asked.ways(question, UNTIL, "x", "s").values():
            assert set(question.description.required) <= set(given), question.id


@pytest.mark.parametrize(("seconds", "scans", "holds"), [(0.2, False, True), (1.2, False, False), (0.2, True, False)])
def test_a_slow_answer_or_a_scan_fails(seconds, scans, holds):
    assert command.Timed(catalogue.named("AQ-01"), "a quarter", 1, (9.0,) * 3, (seconds,) * 3, scans).holds is holds
