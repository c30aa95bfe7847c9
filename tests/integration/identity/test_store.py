from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from proxy.core.keyring import Keyring
from proxy.errors import ConfigurationError, IdentityUnavailableError
from proxy.identity.store import ApiKeyStore, Binding
from proxy.keys import generations
from testing import evidence

BINDING = Binding(
    "acme",
    "helpdesk",
    ("support", "billing"),
    "support",
    "DE",
    "FR",
    ("agent",),
    ("DE", "CA-QC"),
    may_declare_adult=True,
)


@pytest.fixture
def open_store(started, fresh_dsn):
    async def make(dsn: str = fresh_dsn, keyring: Keyring = evidence.KEYRING) -> ApiKeyStore:
        return await started(ApiKeyStore(dsn, keyring, evidence.FixedClock()))

    return make


async def test_created_key_finds_its_principal(open_store):
    store = await open_store()
    found = await store.find(await store.create(BINDING))
    assert (found.tenant, found.service, found.activities) == ("acme", "helpdesk", ("support", "billing"))
    assert (found.default_activity, found.ingress_region, found.default_subject_region) == ("support", "DE", "FR")
    assert found.roles == ("agent",)


async def test_wrong_unknown_and_malformed_keys_are_nobodys(open_store):
    store = await open_store()
    key = await store.create(BINDING)
    assert await store.find(key[:-1] + ("A" if key[-1] != "A" else "B")) is None
    assert await store.find("cp_" + "z" * 12 + "_" + "b" * 43) is None
    assert await store.find("sk-whatever") is None


async def test_a_key_outlives_the_master_that_hashed_it(open_store, fresh_dsn, superuser):
    old = Keyring(b"o" * 32)
    new = Keyring(b"n" * 32, read_only=(old,))
    await generations.check(fresh_dsn, old)
    key = await (await open_store(keyring=old)).create(BINDING)
    early = await open_store(keyring=new)  # the next master is given, and is not in force yet
    assert await early.find(key)
    assert await superuser.fetchval("SELECT hash_key FROM identity.api_key") == old.key_id
    await generations.rotate(fresh_dsn, new)
    store = await open_store(keyring=new)
    assert await store.hashed_with() == {old.key_id: (1, (await store.list())[0].created.date())}
    assert await store.find(key)
    assert await superuser.fetchval("SELECT hash_key FROM identity.api_key") == new.key_id
    assert await (await open_store(keyring=Keyring(new.master))).find(key)  # used once, it needs the old master no more
    assert await store.find(key[:-1] + ("A" if key[-1] != "A" else "B")) is None


async def test_key_of_another_master_is_nobodys(open_store):
    key = await (await open_store()).create(BINDING)
    assert await (await open_store(keyring=Keyring(b"z" * 32))).find(key) is None


async def test_database_holds_no_secret(open_store, superuser):
    key = await (await open_store()).create(BINDING)
    row = await superuser.fetchval("SELECT to_jsonb(k)::text FROM identity.api_key k")
    assert key.rsplit("_", 1)[1] not in row


async def test_revoked_key_is_refused_by_another_process_within_a_second(open_store):
    one, two = await open_store(), await open_store()
    key = await one.create(BINDING)
    assert await two.find(key) is not None
    await two.listening.wait()
    assert await two.find(key) is not None
    assert await one.revoke(key.split("_")[1])
    assert await one.find(key) is None
    async with asyncio.timeout(1):
        while await two.find(key) is not None:
            await asyncio.sleep(0.01)


async def test_revoked_key_is_refused_within_the_cache_time_without_a_listener(open_store):
    one, two = await open_store(), await open_store()
    key = await one.create(BINDING)
    assert await two.find(key) is not None
    await two._background.stop()
    await one.revoke(key.split("_")[1])
    two.clock.seconds += two.cache_s
    assert await two.find(key) is None


async def test_key_expires_by_the_clock_even_when_cached(open_store):
    store = await open_store()
    key = await store.create(BINDING, datetime.fromtimestamp(evidence.NOW, UTC) + timedelta(seconds=1))
    assert await store.find(key) is not None
    store.clock.seconds += 1
    assert await store.find(key) is None


async def test_expiry_can_be_set_later(open_store):
    store = await open_store()
    key = await store.create(BINDING)
    assert await store.expire(key.split("_")[1], datetime.fromtimestamp(evidence.NOW, UTC))
    assert await store.find(key) is None
    assert not await store.expire("z" * 12, datetime.fromtimestamp(evidence.NOW, UTC))


async def test_list_tells_bindings_and_the_last_day_of_use(open_store):
    store = await open_store()
    key = await store.create(BINDING)
    await store.create(Binding("other", "s", ("a",), "a", "US"))
    assert [one.last_used for one in await store.list("acme")] == [None]
    await store.find(key)
    [told] = await store.list("acme")
    assert told.last_used == datetime.fromtimestamp(evidence.NOW, UTC).date()
    assert told.binding == BINDING
    assert len(await store.list()) == 2
    assert "hash" not in repr(told)


async def test_revoking_twice_or_nothing_says_so(open_store):
    store = await open_store()
    key = await store.create(BINDING)
    assert await store.revoke(key.split("_")[1])
    assert not await store.revoke(key.split("_")[1])
    assert not await store.revoke("z" * 12)


@pytest.mark.parametrize(
    "binding",
    [Binding("t", "s", ("a",), "b", "DE"), Binding("", "s", ("a",), "a", "DE"), Binding("t", "s", ("a",), "a", "AQ")],
)
async def test_binding_that_makes_no_sense_is_refused(open_store, binding):
    with pytest.raises(ConfigurationError):
        await (await open_store()).create(binding)


async def test_known_key_passes_from_the_cache_while_the_database_is_away_and_then_nobody(open_store, superuser):
    store = await open_store()
    await store.listening.wait()  # what is known is forgotten once when the listener comes
    key = await store.create(BINDING)
    assert await store.find(key) is not None
    await superuser.execute("ALTER TABLE identity.api_key RENAME TO moved")
    assert await store.find(key) is not None
    store.clock.seconds += store.cache_s
    with pytest.raises(IdentityUnavailableError):
        await store.find(key)


async def test_store_without_a_database_is_unavailable(tmp_path):
    store = ApiKeyStore(f"postgresql://postgres@/x?host={tmp_path}", evidence.KEYRING, evidence.FixedClock())
    with pytest.raises(IdentityUnavailableError):
        await store.start()


@pytest.mark.parametrize(
    "change",
    [
        "roles = '{privacy-officer}'", "tenant = 'mercy'", "activities = '{support,hiring}'", "expires = NULL",
        "revoked = NULL", "may_declare_adult = NOT may_declare_adult", "ingress_region = 'US'",
        "created = created - interval '1 second'",
    ],
)  # fmt: skip
async def test_key_that_the_database_alone_changed_is_nobodys(open_store, superuser, change):
    store = await open_store()
    key = await store.create(BINDING, datetime.fromtimestamp(evidence.NOW, UTC) + timedelta(days=9))
    [stored] = await store.list()
    assert (await store.find(key)) is not None
    if change.startswith("revoked"):
        await store.revoke(stored.id)
    await superuser.execute(f"UPDATE identity.api_key SET {change}")
    again = await open_store()
    assert await again.find(key) is None
    assert not (await again.list())[0].proven
    await again.expire(stored.id, datetime.fromtimestamp(evidence.NOW, UTC) + timedelta(days=10))
    assert not (await again.list())[0].proven  # a change by the product makes it nobody's authority
    assert await again.find(key) is None
