"""For a tenant with a limit, what links records to a person ends before the records do; a hold beats that too."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from proxy.core.keyring import Keyring
from proxy.errors import IdentityUnavailableError
from proxy.identity import subject_resealing
from proxy.identity.holds import HoldScope, HoldStore
from proxy.identity.linking import LinkExpiry
from proxy.reports import subjects
from proxy.runtime import database
from testing import evidence

DAY = 86_400.0
LIMIT = 90


def limited(store):
    store.limit = lambda tenant: LIMIT if tenant == "acme" else None
    return store


def ago(days: float) -> evidence.FixedClock:
    return evidence.FixedClock(datetime.now(UTC).timestamp() - days * DAY)


async def found(connection, keys: Keyring = evidence.KEYRING) -> tuple[str, ...]:
    return (await subjects.found(connection, keys, "patient 7", "acme")).references


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
    owed = await superuser.fetchrow("SELECT action, tenant, facts ->> 'through' AS through FROM audit.owed")
    through = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    assert tuple(owed) == ("links_expired", "acme", through)


@pytest.mark.parametrize("role", [database.WRITER, database.READER, database.VAULT, database.RETENTION])
async def test_no_other_role_ends_links(fresh_dsn, role):
    connection = await database.connect(fresh_dsn, role)
    for statement in ("SELECT identity.expire_links()", "UPDATE identity.linking_key SET sealed = NULL"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()
