"""A change is recorded where it is one, and followed until every process runs it or time is over."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from proxy.errors import RegistryUnavailableError, SecondPersonError
from proxy.registry import changes
from proxy.registry.store import Replica, Stored

OLD = Replica("w-1", "a", 7, datetime(2026, 11, 1, tzinfo=UTC), "p1", "d1", "data1", "r1", "opa/1")
ANN = changes.Author("ann", "registry set")


class Events:
    def __init__(self):
        self.seen = []

    async def event_durable(self, name, facts, **columns):
        self.seen.append((name, facts, columns))


def stored(revision, targets):
    return Stored(revision, None, datetime(2026, 11, 1, tzinfo=UTC), "ann", "", {"targets": targets})


async def settled(store, *said, before=None, wait_s=9.0):
    """What the wait for (r2, data2) ends with while processes say one thing after the other."""
    async with asyncio.timeout(9), asyncio.TaskGroup() as group:
        waiting = group.create_task(changes.settled(store.replicas, "r2", "data2", before or {}, wait_s))
        for one in said:
            await asyncio.sleep(0.3)
            assert not waiting.done()
            await store.report(one)
    return waiting.result()


async def test_it_ends_when_the_last_one_runs_it_over_its_data(store):
    await store.report(OLD)
    new = replace(OLD, registry_revision="r2", data_revision="data2")
    found = await settled(store, replace(OLD, registry_revision="r2"), new)
    assert found.everywhere
    assert [one.data_revision for one in found.replicas] == ["data2"]


async def test_it_ends_when_one_refuses_it_but_not_for_an_older_refusal(store):
    await store.report(replace(OLD, refused="an older matter"))
    refusing = replace(OLD, refused="tests: x fails")
    found = await settled(store, replace(OLD, refused="an older matter"), refusing, before={"w-1": "an older matter"})
    assert [one.refused for one in found.refusing] == ["tests: x fails"]


async def test_a_refusal_that_goes_is_none(store):
    """A file that is just being replaced is refused, and accepted with the next look."""
    await store.report(OLD)
    new = replace(OLD, registry_revision="r2", data_revision="data2")
    found = await settled(store, replace(OLD, refused="unreadable: bundle.tar.gz"), replace(OLD, refused=""), new)
    assert found.everywhere


async def test_it_does_not_wait_for_ever(store):
    await store.report(OLD)
    found = await settled(store, wait_s=0.5)
    assert [one.registry_revision for one in found.behind] == ["r1"]
    await store.report(replace(OLD, registry_revision="r2"))
    found = await settled(store, wait_s=0.5)
    assert [one.data_revision for one in found.lagging] == ["data1"]


async def test_nobody_is_not_waited_for(store):
    found = await settled(store)
    assert (found.replicas, found.everywhere) == ((), True)


async def test_a_database_that_is_away_to_the_end_is_no_answer():
    async def away():
        raise RegistryUnavailableError

    assert await changes.settled(away, "r2", "data2", {}, 0.3) is None


async def test_a_change_is_recorded_by_its_places_and_never_by_its_values():
    events = Events()

    async def commit():
        return stored("r2", {"p/eu": {"dpa": "canary"}})

    made, found = await changes.recorded(commit, stored("r1", {}), events, ANN)
    assert (made.revision, [one.path for one in found]) == ("r2", ["targets.p/eu"])
    [(name, facts, columns)] = events.seen
    assert (name, columns) == ("registry_changed", {})
    assert facts == {
        "revision": "r2", "parent": "r1", "active": True, "command": "registry set", "by": "ann",
        "paths": ["targets.p/eu"],
    }  # fmt: skip


async def test_what_changes_nothing_and_what_is_refused_is_not_recorded():
    events = Events()
    before = stored("r1", {})

    async def same():
        return before

    async def refused():
        raise SecondPersonError

    assert (await changes.recorded(same, before, events, ANN))[1] == ()
    with pytest.raises(SecondPersonError):
        await changes.recorded(refused, before, events, ANN)
    assert events.seen == []
