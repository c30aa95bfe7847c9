"""Legal holds against a real database: two people at both ends, and what one covers is not erased."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from proxy.errors import ConfigurationError, IdentityUnavailableError
from proxy.identity.holds import HoldScope, HoldStore
from proxy.runtime import database
from testing import evidence, past

NOW = datetime.fromtimestamp(evidence.NOW, UTC)


@pytest.fixture
async def holds(open_store):
    return HoldStore(await open_store())


async def states(holds: HoldStore) -> list[str]:
    return [row["state"] for row in await holds.holds()]


async def test_two_people_place_a_hold_and_two_release_it(holds):
    hold, request = await holds.request("M-1", HoldScope("acme"), "alice")
    assert await states(holds) == ["pending"]
    assert await holds.approve(request, "alice") is None
    done = await holds.approve(request, "bob")
    assert (done.act, done.about, done.ticket, done.requested_by) == ("place_hold", hold, "M-1", "alice")
    assert await holds.approve(request, "carol") is None
    assert await states(holds) == ["in force"]

    release = await holds.request_release(hold, "M-1/end", "bob")
    assert await holds.approve(release, "bob") is None
    assert await states(holds) == ["in force"]
    other = await holds.request_release(hold, "M-1/again", "alice")
    assert (await holds.approve(release, "alice")).act == "release_hold"
    assert await states(holds) == ["released"]
    assert await holds.approve(other, "bob") is None
    assert await holds.request_release(hold, "M-1", "alice") is None
    [row] = await holds.holds()
    people = (row["placed_by"], row["placed_second"], row["released_by"], row["released_second"])
    assert people == ("alice", "bob", "bob", "alice")


async def test_without_a_second_person_it_lapses_after_a_day(holds, fresh_dsn):
    _, request = await holds.request("M-1", HoldScope("acme"), "alice")
    await past.a_day_later(fresh_dsn)
    assert await states(holds) == ["lapsed"]
    assert await holds.approve(request, "bob") is None


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        (HoldScope(), True),
        (HoldScope("acme"), True),
        (HoldScope("acme", subject="patient 7"), True),
        (HoldScope("acme", subject="patient 8"), False),
        (HoldScope("mercy"), False),
    ],
)
@pytest.mark.parametrize("approved", [True, False])
async def test_what_a_hold_covers_is_not_erased_until_it_is_released(holds, fresh_dsn, scope, held, approved):
    store = holds.subjects
    named = await store.of("acme", "patient 7")
    hold, request = await holds.request("M-1", scope, "alice")
    if approved:
        await holds.approve(request, "bob")
    erasure = await store.request_erasure("acme", "patient 7", "DSR-7", "alice")
    assert await store.erase(erasure, "acme", "patient 7", "bob") == (-1 if held else 1)
    assert (await store.of("acme", "patient 7") == named) is held
    if held and approved:
        await holds.approve(await holds.request_release(hold, "M-1", "alice"), "bob")
        assert await store.erase(erasure, "acme", "patient 7", "bob") == 1
    elif held:
        await past.a_day_later(fresh_dsn)
        erasure = await store.request_erasure("acme", "patient 7", "DSR-7", "alice")
        assert await store.erase(erasure, "acme", "patient 7", "bob") == 1


async def test_a_list_is_of_what_covers_a_tenant_and_names_nobody(holds):
    for scope in (HoldScope(), HoldScope("acme", "support", "patient 7", NOW), HoldScope("mercy")):
        await holds.request("M-1", scope, "alice")
    rows = await holds.holds("acme")
    assert {(row["tenant"], row["activity"], row["of_subject"]) for row in rows} == {
        (None, None, False),
        ("acme", "support", True),
    }
    assert "patient" not in str(rows)


@pytest.mark.parametrize(
    ("matter", "scope"),
    [
        ("two words", HoldScope("acme")),
        ("M-1", HoldScope(subject="patient 7")),
        ("M-1", HoldScope("acme", since=NOW, until=NOW - timedelta(hours=1))),
    ],
)
async def test_what_contradicts_itself_is_refused(holds, matter, scope):
    with pytest.raises(ConfigurationError):
        await holds.request(matter, scope, "alice")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM identity.hold",
        "INSERT INTO identity.hold_release SELECT h.id, h.request FROM identity.hold_state h",
        "UPDATE identity.hold SET tenant = 'mercy'",
        "INSERT INTO identity.two_person_approval SELECT request, 'bob', now() FROM identity.hold_state",
    ],
)
async def test_the_role_of_the_proxy_ends_no_hold(holds, fresh_dsn, statement):
    await holds.request("M-1", HoldScope("acme"), "alice")
    connection = await database.connect(fresh_dsn, database.IDENTITY)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_hold_that_is_asked_for_while_an_erasure_waits_comes_after_it(open_store, superuser):
    """Something keeps the key's row locked: the erasure has its turn, and the hold waits for it."""
    store, other = await open_store(), await open_store()
    holds, named = HoldStore(other), await store.of("acme", "patient 7")
    erasure = await store.request_erasure("acme", "patient 7", "DSR-7", "alice")
    async with superuser.transaction():
        await superuser.execute("UPDATE identity.subject_key SET sealed_by = sealed_by")
        erasing = asyncio.create_task(store.erase(erasure, "acme", "patient 7", "bob"))
        await waiting(superuser, 1)
        placing = asyncio.create_task(holds.request("M-2", HoldScope("acme", subject="patient 7"), "carol"))
        await waiting(superuser, 2)
    assert await erasing == 1
    await placing
    assert (await store.of("acme", "patient 7")).reference != named.reference
    assert [row["placed"] > await destroyed(superuser) for row in await holds.holds() if row["matter"] == "M-2"] == [
        True
    ]


async def test_erasure_that_waits_for_a_hold_in_the_making_is_refused(open_store, superuser):
    store = await open_store()
    named = await store.of("acme", "patient 7")
    erasure = await store.request_erasure("acme", "patient 7", "DSR-7", "alice")
    async with superuser.transaction():
        await superuser.execute(
            "INSERT INTO identity.two_person_request (id, act, tenant, about, ticket, requested_by) "
            "VALUES ('rq_abcdefghijkl', 'place_hold', 'acme', 'hd_abcdefghijkl', 'M-1', 'carol');"
            "INSERT INTO identity.hold (id, matter, tenant, request) VALUES ('hd_abcdefghijkl', 'M-1', 'acme', 'rq_abcdefghijkl')"
        )
        erasing = asyncio.create_task(store.erase(erasure, "acme", "patient 7", "bob"))
        await waiting(superuser, 1)
    assert await erasing == -1
    assert await store.of("acme", "patient 7") == named


async def destroyed(superuser) -> datetime:
    return await superuser.fetchval("SELECT max(destroyed_at) FROM identity.subject_key")


async def waiting(connection, number: int) -> None:
    """Return once so many sessions wait for a lock."""
    for _ in range(500):
        if await connection.fetchval("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted") >= number:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")


async def test_without_the_row_that_acts_take_turns_at_none_is_done(holds, superuser):
    _, request = await holds.request("M-1", HoldScope("acme"), "alice")
    await superuser.execute("DELETE FROM identity.turn")
    with pytest.raises(IdentityUnavailableError) as refusal:
        await holds.approve(request, "bob")
    assert "has lost its row" in str(refusal.value.__cause__)
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="has lost its row"):
        await superuser.fetchval("SELECT identity.expire_links()")
    await superuser.execute("INSERT INTO identity.turn DEFAULT VALUES")
    assert (await holds.approve(request, "bob")).act == "place_hold"
