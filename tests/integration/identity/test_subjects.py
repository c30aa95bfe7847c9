"""Keys of data subjects against a real database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from proxy.core.keyring import Keyring
from proxy.errors import ConfigurationError, IdentityUnavailableError
from proxy.identity import subject_resealing
from proxy.identity.holds import HoldScope, HoldStore
from proxy.identity.subjects import LinkExpiry
from proxy.reports import subjects
from proxy.runtime import database
from testing import evidence, past


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


DAY = 86_400.0
LIMIT = 90


def limited(store):
    store.limit = lambda tenant: LIMIT if tenant == "acme" else None
    return store


def ago(days: float) -> evidence.FixedClock:
    return evidence.FixedClock(datetime.now(UTC).timestamp() - days * DAY)


async def found(connection, keys: Keyring = evidence.KEYRING) -> tuple[str, ...]:
    return (await subjects.find(connection, keys, "patient 7", "acme")).references


async def test_each_day_names_a_subject_otherwise_in_every_process_and_the_vault_alike(open_store):
    first, second = limited(await open_store()), limited(await open_store())
    today = await first.of("acme", "patient 7")
    assert await second.of("acme", "patient 7") == today
    for store in (first, second):
        store.clock.seconds += DAY
    tomorrow = await first.of("acme", "patient 7")
    assert await second.of("acme", "patient 7") == tomorrow
    assert (tomorrow.reference != today.reference, tomorrow.mark) == (True, today.mark)


async def test_a_tenant_without_limit_has_one_name_for_all_days(open_store, superuser):
    store = limited(await open_store())
    today = await store.of("mercy", "patient 7")
    store.clock.seconds += DAY
    assert await store.of("mercy", "patient 7") == today
    assert await superuser.fetchval("SELECT count(*) FROM identity.linking_key") == 0


async def test_lookup_finds_every_day_until_its_links_end_and_then_no_key_makes_that_reference(
    open_store, reader, superuser
):
    names = [
        (await limited(await open_store(clock=ago(days))).of("acme", "patient 7")).reference for days in (100, 90, 0)
    ]
    assert set(names) <= set(await found(reader))
    store = await open_store()
    assert await store.expire_links() == 1
    assert await store.expire_links() == 0
    assert set(names) & set(await found(reader)) == set(names[1:])
    until = await superuser.fetchval("SELECT until - day FROM identity.linking_key WHERE sealed IS NULL")
    assert until == LIMIT
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="stays destroyed"):
        await superuser.execute("UPDATE identity.linking_key SET sealed = '', destroyed_at = NULL WHERE sealed IS NULL")


@pytest.mark.parametrize(
    ("scope", "kept"),
    [
        (HoldScope(), True),
        (HoldScope("acme"), True),
        (HoldScope("acme", subject="patient 8"), True),
        (HoldScope("mercy"), False),
        (HoldScope("acme", since=datetime.now(UTC) - timedelta(days=50)), False),
    ],
)
async def test_links_of_a_tenant_that_a_hold_covers_stay_until_it_is_released(open_store, reader, scope, kept):
    await limited(await open_store(clock=ago(100))).of("acme", "patient 7")
    store = await open_store(clock=ago(0))
    holds = HoldStore(store)
    hold, request = await holds.request("M-1", scope, "alice")
    await holds.approve(request, "bob")
    assert await store.expire_links() == (not kept)
    await holds.approve(await holds.request_release(hold, "M-1/end", "alice"), "bob")
    assert await store.expire_links() == kept


async def test_rotation_of_the_master_key_changes_no_name(open_store, reader):
    old, new = (Keyring(letter * 32) for letter in (b"o", b"n"))
    named = await limited(await open_store(old)).of("acme", "patient 7")
    both = limited(await open_store(Keyring(new.master, read_only=(old,))))
    assert await subject_resealing.reseal(both) == 3
    assert await limited(await open_store(new)).of("acme", "patient 7") == named
    with pytest.raises(IdentityUnavailableError):
        await limited(await open_store(old)).of("acme", "patient 8")


async def test_a_running_process_ends_links_by_itself(open_store, superuser):
    await limited(await open_store(clock=ago(100))).of("acme", "patient 7")
    expiry = LinkExpiry(await open_store(), 0.05)
    expiry.start()
    async with asyncio.timeout(20):
        while await superuser.fetchval("SELECT count(*) FROM identity.linking_key WHERE sealed IS NOT NULL"):
            await asyncio.sleep(0.02)
    await expiry.close()
    event = await superuser.fetchrow("SELECT action, tenant, facts ->> 'through' AS through FROM audit.outbox")
    through = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    assert tuple(event) == ("links_expired", "acme", through)


@pytest.mark.parametrize("role", [database.WRITER, database.READER, database.VAULT, database.RETENTION])
async def test_no_other_role_ends_links(fresh_dsn, role):
    connection = await database.connect(fresh_dsn, role)
    for statement in ("SELECT identity.expire_links()", "UPDATE identity.linking_key SET sealed = NULL"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()
