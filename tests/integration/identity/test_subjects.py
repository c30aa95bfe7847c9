"""Keys of data subjects against a real database."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from proxy.errors import ConfigurationError, IdentityUnavailableError
from proxy.runtime import database
from testing import past


async def test_every_process_names_a_subject_alike_and_each_tenant_otherwise(open_store):
    first, second = await open_store(), await open_store()
    named = await asyncio.gather(*(store.of("acme", "patient 7") for store in (first, second) * 5))
    assert len({one.reference for one in named}) == 1
    assert len({one.mark for one in named}) == 1
    assert named[0].reference.startswith("hmac-sha256:s-")
    others = [await first.of("acme", "patient 8"), await first.of("mercy", "patient 7")]
    assert len({one.reference for one in (named[0], *others)}) == 3
    assert named[0].mark.hex() not in named[0].reference


async def test_a_known_subject_costs_no_question_to_the_database(open_store):
    store = await open_store()
    named = await store.of("acme", "patient 7")
    pool, store._pool = store._pool, None
    assert await store.of("acme", "patient 7") == named
    store.clock.seconds += store.cache_s
    with pytest.raises(IdentityUnavailableError):
        await store.of("acme", "patient 7")
    store._pool = pool


async def test_nothing_of_a_subject_stands_in_the_tables(open_store, superuser):
    named = await (await open_store()).of("acme", "patient 7")
    rows = [*await superuser.fetch("SELECT * FROM identity.subject_key"),
            *await superuser.fetch("SELECT * FROM identity.subject_lookup_key")]  # fmt: skip
    told = " ".join(value.hex() if isinstance(value, bytes) else str(value) for row in rows for value in row.values())
    assert b"patient 7".hex() not in told
    for part in ("patient", named.mark.hex()):
        assert part not in told


async def test_an_erased_subject_who_comes_back_is_somebody_new_everywhere(open_store, erase):
    here, there = await open_store(), await open_store()
    before = await there.of("acme", "patient 7")
    assert await erase(here, "acme", "patient 7") == 1
    standing = await here.standing("acme", "patient 7")
    assert standing.key is None
    assert standing.erased is not None
    async with asyncio.timeout(10):
        while (after := await there.of("acme", "patient 7")) == before:
            await asyncio.sleep(0.02)
    assert after.mark != before.mark
    standing = await here.standing("acme", "patient 7")
    assert standing.erased is not None
    assert standing.key.named("patient 7") == after


async def test_a_subject_nobody_has_recorded_is_noted_as_erased(open_store, erase):
    store = await open_store()
    assert await erase(store, "acme", "patient 7") == 1
    assert (await store.standing("acme", "patient 7")).erased is not None
    assert (await store.standing("acme", "patient 8")).erased is None


@pytest.mark.parametrize(
    ("approver", "subject", "late"),
    [("alice", "patient 7", False), ("bob", "patient 8", False), ("bob", "patient 7", True)],
    ids=["the same person", "another subject", "a day later"],
)
async def test_it_takes_a_second_person_the_same_subject_and_the_same_day(
    open_store, fresh_dsn, approver, subject, late
):
    store = await open_store()
    named = await store.of("acme", "patient 7")
    request = await store.request_erasure("acme", "patient 7", "DSR-7", "alice")
    if late:
        await past.a_day_later(fresh_dsn)
    assert await store.erase(request, "acme", subject, approver) is None
    assert await store.of("acme", "patient 7") == named


async def test_a_request_is_carried_out_once(open_store):
    store = await open_store()
    request = await store.request_erasure("acme", "patient 7", "DSR-7", "alice")
    asked = await store.asked(request)
    assert (asked.ticket, asked.requested_by) == ("DSR-7", "alice")
    assert await store.erase(request, "acme", "patient 7", "bob") == 1
    await store.of("acme", "patient 7")
    assert await store.erase(request, "acme", "patient 7", "carol") is None
    with pytest.raises(ConfigurationError):
        await store.request_erasure("acme", "patient 7", "two words", "alice")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE identity.subject_key SET sealed = decode(repeat('00', 60), 'hex')",
        "UPDATE identity.subject_key SET destroyed_at = NULL",
        "DELETE FROM identity.subject_key",
        "DELETE FROM identity.two_person_request",
        "INSERT INTO identity.two_person_approval SELECT id, 'alice', now() FROM identity.two_person_request",
        "SELECT identity.approve_request('rq_a', 'erase_subject', 'acme', 'a', 'bob')",
    ],
)
async def test_the_role_of_the_proxy_neither_revives_nor_destroys(open_store, erase, fresh_dsn, statement):
    await erase(await open_store(), "acme", "patient 7")
    connection = await database.connect(fresh_dsn, database.IDENTITY)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()
