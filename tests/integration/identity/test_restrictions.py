"""The list of restrictions and objections against a real database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from proxy.errors import ConfigurationError, IdentityUnavailableError
from proxy.identity.restrictions import NewRestriction, RestrictionKind, RestrictionList
from proxy.runtime import database
from testing import evidence

NOW = datetime.fromtimestamp(evidence.NOW, UTC)
HOUR = timedelta(hours=1)


def entry(subject: str = "patient 7", since: datetime = NOW, until: datetime | None = None, ticket: str = "DSR-8"):
    return NewRestriction("acme", subject, RestrictionKind.OBJECTION, since, until, ticket)


async def becomes(store, subject: str, restricted: bool) -> None:
    async with asyncio.timeout(5):
        while (await store.of("acme", subject)).restricted is not restricted:
            await asyncio.sleep(0.02)


async def test_every_process_sees_an_entry_and_its_end_at_once(open_store):
    here, there = await open_store(), await open_store()
    restrictions = RestrictionList(here)
    assert not (await there.of("acme", "patient 7")).restricted
    identity = await restrictions.add(entry(), "alice")
    await becomes(there, "patient 7", restricted=True)
    assert not (await there.of("acme", "patient 8")).restricted
    assert not (await there.of("mercy", "patient 7")).restricted
    assert await restrictions.lift(identity, "bob") == {"tenant": "acme", "kind": "objection"}
    await becomes(there, "patient 7", restricted=False)
    assert await restrictions.lift(identity, "bob") is None


async def test_an_entry_counts_from_its_beginning_to_its_end_while_its_subject_is_remembered(open_store):
    clock = evidence.FixedClock()
    store = await open_store(clock=clock)
    await RestrictionList(store).add(
        entry(since=NOW + timedelta(seconds=10), until=NOW + timedelta(seconds=20)), "alice"
    )
    seen = []
    for _ in range(3):
        seen.append((await store.of("acme", "patient 7")).restricted)
        clock.seconds += 10
    assert seen == [False, True, False]


async def test_an_erased_subject_has_still_objected(open_store):
    store = await open_store()
    before = await store.of("acme", "patient 7")
    await RestrictionList(store).add(entry(), "alice")
    request = await store.request_erasure("acme", "patient 7", "DSR-9", "alice")
    assert await store.erase(request, "acme", "patient 7", "bob") == 1
    after = await store.of("acme", "patient 7")
    assert after.reference != before.reference
    assert after.restricted


async def test_a_process_that_cannot_hear_of_changes_asks_each_time_and_refuses_without_an_answer(open_store):
    store = await open_store()
    await store.of("acme", "patient 7")
    store.listening.clear()
    pool, store._pool = store._pool, None
    with pytest.raises(IdentityUnavailableError):
        await store.of("acme", "patient 7")
    store._pool = pool
    assert not (await store.of("acme", "patient 7")).restricted


async def test_a_list_says_what_holds_for_whom_it_is_asked_and_names_nobody(open_store):
    restrictions = RestrictionList(await open_store())
    first = await restrictions.add(entry(), "alice")
    second = await restrictions.add(entry("patient 8", until=NOW + HOUR), "alice")
    assert {row["id"] for row in await restrictions.entries("acme")} == {first, second}
    assert [row["id"] for row in await restrictions.entries("acme", "patient 8")] == [second]
    assert await restrictions.entries("mercy") == ()
    await restrictions.lift(first, "bob")
    assert [row["id"] for row in await restrictions.entries()] == [second]
    lifted = {row["id"]: row["lifted_by"] for row in await restrictions.entries(lifted=True)}
    assert lifted == {first: "bob", second: None}
    assert "patient" not in str(await restrictions.entries(lifted=True))


@pytest.mark.parametrize("malformed", [{"ticket": "two words"}, {"until": NOW - HOUR}])
async def test_a_malformed_entry_is_refused(open_store, malformed):
    with pytest.raises(ConfigurationError):
        await RestrictionList(await open_store()).add(entry(**malformed), "alice")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE identity.restriction SET lifted = NULL, lifted_by = NULL", "DELETE FROM identity.restriction",
     "UPDATE identity.restriction SET until = now()"],
)  # fmt: skip
async def test_the_role_of_the_proxy_lifts_and_does_nothing_else(open_store, fresh_dsn, statement):
    restrictions = RestrictionList(await open_store())
    await restrictions.lift(await restrictions.add(entry(), "alice"), "bob")
    connection = await database.connect(fresh_dsn, database.IDENTITY)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()
