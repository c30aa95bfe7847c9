"""Schedules in the database: due once, made up for, seen by who may, stopped, and obeyed only with a proof."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from proxy.errors import AuditUnavailableError
from proxy.reports.exports.job import ExportState
from proxy.reports.exports.schedule import Every
from proxy.reports.exports.schedules import MOST_SCHEDULES, ScheduleStore, TooManySchedulesError

_DUE = "UPDATE export.schedule SET due = date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - $1::interval"


@pytest.fixture
def schedules(store):
    return ScheduleStore(store)


async def come(superuser, days=2):
    """Let a schedule be due since so many days."""
    await superuser.execute(_DUE, timedelta(days=days))


async def test_what_is_due_is_exported_about_its_time_signed_and_on_record(schedules, store, runner, asked, superuser):
    made = await schedules.add(asked(name="AQ-14", form="html", language="de"), Every.DAY)
    assert made.due > datetime.now(UTC)
    assert await runner.begin() == 0
    await come(superuser)
    due = (await schedules.find(made.id, None)).due
    assert await runner.begin() == 1
    assert await runner.begin() == 0  # one at a time
    assert await runner.once()
    [job] = await store.listed(None, 10)
    assert (job.state, job.asked.schedule, job.asked.person) == (ExportState.DONE, made.id, "jane")
    day = due - timedelta(days=1)
    assert job.asked.parameters == {"since": day.date().isoformat(), "until": due.date().isoformat()}
    assert job.expires - job.ended > timedelta(days=7)
    rows = await superuser.fetch("SELECT body #>> '{facts}' AS facts FROM audit.record WHERE action = 'export_due'")
    [facts] = [json.loads(row["facts"]) for row in rows]
    assert (facts["schedule"], facts["every"], facts["export"], facts["by"]) == (made.id, "day", job.id, "jane (k1)")


async def test_what_was_missed_is_made_up_for_one_after_the_other(schedules, store, runner, asked, superuser):
    await schedules.add(asked(name="AQ-14"), Every.DAY)
    await come(superuser, 2)
    begun = 0
    while await runner.begin():
        assert await runner.once()
        begun += 1
    assert begun in {2, 3}  # today's is due five minutes after midnight
    jobs = await store.listed(None, 10)
    assert len({job.asked.parameters["since"] for job in jobs}) == begun


async def test_a_schedule_is_seen_by_who_may_read_all_that_it_tells(schedules, asked):
    own = await schedules.add(asked(tenants=("acme",)), Every.WEEK)
    every = await schedules.add(asked(tenants=None), Every.MONTH)
    assert {one.id for one in await schedules.listed(None, 10)} == {own.id, every.id}
    assert [one.id for one in await schedules.listed(("acme",), 10)] == [own.id]
    assert await schedules.listed(("mercy",), 10) == ()
    assert not await schedules.stop(every.id, ("acme",))


async def test_one_that_is_stopped_is_never_due_again(schedules, runner, asked, superuser):
    made = await schedules.add(asked(name="AQ-14"), Every.DAY)
    await come(superuser)
    assert await schedules.stop(made.id, None)
    assert not await schedules.stop(made.id, None)
    assert await runner.begin() == 0
    assert await schedules.find(made.id, None) is None
    await superuser.execute("UPDATE export.schedule SET stopped = NULL")  # by SQL alone
    assert await runner.begin() == 0


async def test_one_that_nobody_with_the_key_made_is_not_obeyed(schedules, runner, asked, superuser):
    await schedules.add(asked(name="AQ-14", tenants=("acme",)), Every.DAY)
    await come(superuser)
    await superuser.execute("UPDATE export.schedule SET tenants = NULL")
    assert await runner.begin() == 0


async def test_nothing_begins_while_nothing_can_be_recorded(schedules, store, asked, superuser):
    async def down(*_):
        raise AuditUnavailableError

    await schedules.add(asked(name="AQ-14"), Every.DAY)
    await come(superuser)
    with pytest.raises(AuditUnavailableError):
        await schedules.begin(down)
    assert await store.listed(None, 10) == ()


async def test_a_person_has_so_many(schedules, asked):
    for _ in range(MOST_SCHEDULES):
        await schedules.add(asked(), Every.DAY)
    with pytest.raises(TooManySchedulesError):
        await schedules.add(asked(), Every.DAY)
    await schedules.add(replace(asked(), person="john"), Every.DAY)
