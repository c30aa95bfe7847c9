"""Targets that answered from elsewhere: told at once here, soon everywhere, until somebody clears them."""

from __future__ import annotations

import asyncio

import pytest

from proxy.errors import RegistryUnavailableError
from proxy.registry.quarantine import EVENT, Quarantine


@pytest.fixture
def events():
    return []


@pytest.fixture
def made(store, events):
    return lambda: Quarantine(store, lambda *said: events.append(said))


async def test_a_target_is_in_quarantine_at_once_and_elsewhere_after_a_look(made, events):
    here, there = made(), made()
    here.report("p/eu", "us")
    assert here.names() == {"p/eu"}
    await here.refresh()
    await there.refresh()
    assert here.names() == there.names() == {"p/eu"}
    assert events == [(EVENT, {"target": "p/eu", "reported": "us"})]


async def test_it_stays_until_somebody_clears_it(made, store):
    here = made()
    here.report("p/eu", "us")
    await here.refresh()
    [held] = await store.quarantined()
    assert (held.target, held.reported) == ("p/eu", "us")
    assert await store.clear("p/eu", "ann")
    assert not await store.clear("p/eu", "ann")
    await here.refresh()
    assert here.names() == frozenset()
    here.report("p/eu", "Sweden Central")
    await here.refresh()
    assert [one.reported for one in await store.quarantined()] == ["Sweden Central"]


async def test_several_processes_that_notice_it_are_one_quarantine(made, store, events):
    for process in (made(), made()):
        process.report("p/eu", "us")
        process.report("p/eu", "us")
        await process.refresh()
    assert (len(await store.quarantined()), len(events)) == (1, 2)


async def test_without_the_database_what_is_known_stays(made, store):
    here = made()
    here.report("p/eu", "us")
    await here.refresh()
    here.report("q/eu", "us")
    await store.close()
    with pytest.raises(RegistryUnavailableError):
        await here.refresh()
    assert here.names() == {"p/eu", "q/eu"}


async def test_the_watch_writes_what_is_reported(made, store):
    here = made()
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(here.run())
        here.report("p/eu", "us")
        async with asyncio.timeout(10):
            while not await store.quarantined():
                await asyncio.sleep(0.02)
        watching.cancel()
