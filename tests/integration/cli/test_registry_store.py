"""A change waits until every process runs it, says who refuses it, and does not wait for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from proxy.cli import registry_store
from proxy.registry.store import RegistryStore, Replica

OLD = Replica("w-1", "a", 7, datetime(2026, 11, 1, tzinfo=UTC), "p1", "d1", "data1", "r1", "opa/1")


@pytest.fixture
async def store(fresh_dsn):
    made = RegistryStore(fresh_dsn)
    await made.start()
    yield made
    await made.close()


async def settled(store, *said, before=None):
    """What the wait for (r2, data2) ends with while processes say one thing after the other."""
    async with asyncio.timeout(9), asyncio.TaskGroup() as group:
        waiting = group.create_task(registry_store._settled(store, "r2", "data2", before or {}))
        for one in said:
            await asyncio.sleep(0.3)
            assert not waiting.done()
            await store.seen(one)
    return waiting.result()


async def test_it_ends_when_the_last_one_runs_it_over_its_data(store):
    await store.seen(OLD)
    new = replace(OLD, registry_revision="r2", data_revision="data2")
    (found,) = await settled(store, replace(OLD, registry_revision="r2"), new)
    assert (found.registry_revision, found.data_revision) == ("r2", "data2")


async def test_it_ends_when_one_refuses_it_but_not_for_an_older_refusal(store):
    await store.seen(replace(OLD, refused="an older matter"))
    refusing = replace(OLD, refused="tests: x fails")
    (found,) = await settled(
        store, replace(OLD, refused="an older matter"), refusing, before={"w-1": "an older matter"}
    )
    assert found.refused == "tests: x fails"


async def test_it_does_not_wait_for_ever(store, monkeypatch):
    monkeypatch.setattr(registry_store, "_SPREADING_S", 0.5)
    monkeypatch.setattr(registry_store, "_LAGGING_S", 0.5)
    await store.seen(OLD)
    (found,) = await settled(store)
    assert found.registry_revision == "r1"
    await store.seen(replace(OLD, registry_revision="r2"))
    (found,) = await settled(store)
    assert found.data_revision == "data1"


async def test_nobody_is_not_waited_for(store):
    assert await settled(store) == ()


def test_who_stays_behind_is_named_with_the_reason(capsys):
    behind = [replace(OLD, refused="check: bad.rego"), replace(OLD, pid=8)]
    assert registry_store._not_everywhere(behind).exit_code == 1
    said = capsys.readouterr().err
    assert "a 7 stays at r1: check: bad.rego" in said
    assert "PROXY_REGISTRY=database" not in said
    registry_store._not_everywhere([OLD])
    assert "PROXY_REGISTRY=database" in capsys.readouterr().err
