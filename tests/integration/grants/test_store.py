from __future__ import annotations

import dataclasses
from datetime import timedelta

import asyncpg
import pytest

from proxy.core.records import Grant
from proxy.errors import ConfigurationError, GrantsUnavailableError, GrantUnusableError
from proxy.grants.grant import GrantRequest
from proxy.grants.store import GrantStore
from proxy.runtime import database
from testing import evidence

HOUR = timedelta(hours=1)
ASKED = GrantRequest("acme", "INC-9", "the regional model is down", 2 * HOUR, "ada")
CALLER = dataclasses.replace(evidence.PRINCIPAL, roles=("break-glass",))
TABLES = ["break_glass", "break_glass_approval", "break_glass_revocation", "break_glass_use", "break_glass_review"]


@pytest.fixture
def open_store(started, postgres_dsn):
    async def make() -> GrantStore:
        return await started(GrantStore(postgres_dsn, evidence.KEYRING, evidence.FixedClock()))

    return make


@pytest.fixture
async def store(open_store):
    return await open_store()


@pytest.fixture
def open_grant(store):
    async def make(**changes) -> str:
        grant = await store.request(dataclasses.replace(ASKED, **changes))
        assert await store.approve(grant, "bob", "webauthn", 4 * HOUR) is not None
        return grant

    return make


async def unusable(store, grant, why, principal=CALLER, activity="support"):
    with pytest.raises(GrantUnusableError, match=why):
        await store.find(grant, principal, activity)


async def test_approved_grant_is_found_with_its_end(store, open_grant):
    grant = await open_grant()
    found = await store.find(grant, CALLER, "support")
    assert found == Grant(grant, "INC-9", "bob", mfa=True, role_ok=True, expires=int(evidence.NOW + 7200))


async def test_what_is_only_asked_for_grants_nothing(store):
    await unusable(store, await store.request(ASKED), "not approved")


@pytest.mark.parametrize(("approver", "changes"), [("ada", {}), ("helpdesk", {"service": "helpdesk"})])
async def test_two_people(store, approver, changes):
    grant = await store.request(dataclasses.replace(ASKED, **changes))
    assert await store.approve(grant, approver, "webauthn", 4 * HOUR) is None
    await unusable(store, grant, "not approved")
    assert await store.approve(grant, "bob", "webauthn", 4 * HOUR) is not None


async def test_approval_stands_once(store, open_grant):
    grant = await open_grant()
    assert await store.approve(grant, "carol", "totp", 4 * HOUR) is None
    assert (await store.find(grant, CALLER, "support")).approver == "bob"


async def test_request_waits_for_a_day(store):
    grant = await store.request(ASKED)
    store.clock.seconds += 24 * 3600
    assert await store.approve(grant, "bob", "webauthn", 4 * HOUR) is None


async def test_grant_lasts_no_longer_than_allowed_at_approval(store):
    grant = await store.request(ASKED)
    expires = await store.approve(grant, "bob", "webauthn", HOUR)
    assert expires.timestamp() == evidence.NOW + 3600


async def test_expiry(store, open_grant):
    grant = await open_grant()
    store.clock.seconds += 7199
    assert await store.use(grant, "x1")
    store.clock.seconds += 1
    await unusable(store, grant, "expired")
    with pytest.raises(GrantUnusableError):
        await store.use(grant, "x2")


async def test_revocation_holds_at_once_in_every_process(open_store, open_grant):
    grant, two = await open_grant(), await open_store()
    await two.find(grant, CALLER, "support")
    assert await (await open_store()).revoke(grant, "carol")
    await unusable(two, grant, "revoked")
    with pytest.raises(GrantUnusableError):  # also for a request that found it before
        await two.use(grant, "x1")
    assert not await two.revoke(grant, "carol")


async def test_revoked_request_cannot_be_approved(store):
    grant = await store.request(ASKED)
    assert await store.revoke(grant, "ada")
    assert await store.approve(grant, "bob", "webauthn", 4 * HOUR) is None


async def test_another_tenants_grant_is_as_unknown_as_none(store, open_grant):
    grant = await open_grant(tenant="rival")
    await unusable(store, grant, "^there is no such break-glass grant$")
    await unusable(store, "bg_zzzzzzzzzzzz", "^there is no such break-glass grant$")


async def test_role_activity_service_and_second_factor(store, open_grant):
    await unusable(store, await open_grant(), "role", principal=evidence.PRINCIPAL)
    await unusable(store, await open_grant(activity="billing"), "another activity")
    await unusable(store, await open_grant(service="billing"), "another service")
    grant = await store.request(ASKED)
    await store.approve(grant, "bob", "", 4 * HOUR)
    await unusable(store, grant, "second factor")
    assert (await store.find(grant, dataclasses.replace(CALLER, mfa=True), "support")).mfa


async def test_use_is_news_once_and_awaits_its_review(store, open_grant):
    grant = await open_grant(service="helpdesk")
    assert [await store.use(grant, name) for name in ("x1", "x1", "x2")] == [True, False, True]
    assert not await store.review(grant, "bob", "justified", "")  # it has not ended
    await store.revoke(grant, "bob")
    assert (await store.get(grant)).uses == 2
    assert (await store.get(grant)).state(store._now()) == "review due"
    for name in ("ada", "bob", "helpdesk"):  # who asked, approved or used it does not review
        assert not await store.review(grant, name, "justified", "")
    assert await store.review(grant, "dan", "unjustified", "the model was up")
    assert not await store.review(grant, "carol", "justified", "")
    assert ((await store.get(grant)).finding, (await store.get(grant)).state(store._now())) == (
        "unjustified",
        "reviewed",
    )


async def test_list_is_of_the_tenant(store, open_grant):
    own = {await open_grant(tenant="lister"), await store.request(dataclasses.replace(ASKED, tenant="lister"))}
    await open_grant(tenant="another")
    assert {one.id for one in await store.list("lister")} == own
    assert own < {one.id for one in await store.list()}


@pytest.mark.parametrize(
    "changes",
    [{"ticket": ""}, {"ticket": "INC 9 Zoe"}, {"reason": " "}, {"tenant": ""}, {"lasts": 25 * HOUR}, {"lasts": 0 * HOUR},
     {"activity": ""}],
)  # fmt: skip
async def test_malformed_requests_are_refused(store, changes):
    with pytest.raises(ConfigurationError):
        await store.request(dataclasses.replace(ASKED, **changes))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement", ["UPDATE identity.{} SET id = id", "DELETE FROM identity.{}", "TRUNCATE identity.{} CASCADE"]
)
async def test_grants_are_insert_only_even_for_the_owner(postgres_dsn, open_grant, table, statement):
    await open_grant()
    connection = await asyncpg.connect(postgres_dsn)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await connection.execute(statement.format(table))
    finally:
        await connection.close()


@pytest.mark.parametrize("table", TABLES[1:])
async def test_what_two_people_decide_cannot_be_written_past_the_functions(postgres_dsn, table):
    connection = await database.connect(postgres_dsn, database.IDENTITY)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"INSERT INTO identity.{table} SELECT * FROM identity.{table}")
    finally:
        await connection.close()


@pytest.mark.parametrize("role", [database.WRITER, database.READER, database.VAULT])
async def test_other_roles_know_no_grants(postgres_dsn, role):
    connection = await database.connect(postgres_dsn, role)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM identity.break_glass_grant")
    finally:
        await connection.close()


async def test_unreachable_database_fails_closed(open_store):
    store = await open_store()
    await store.close()
    with pytest.raises(GrantsUnavailableError):
        await store.find("bg_zzzzzzzzzzzz", CALLER, "support")
    with pytest.raises(GrantsUnavailableError):
        await GrantStore("postgresql://127.0.0.1:1/x", evidence.KEYRING, evidence.FixedClock(), timeout_s=1).start()


async def test_approval_that_only_the_database_has_opens_nothing(open_store, postgres_dsn):
    store = await open_store()
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute(
        "INSERT INTO identity.break_glass (id, tenant, ticket, reason, lasts, requested_by, requested) "
        "VALUES ('bg_forged000000', 'acme', 'INC-1', 'x', '1 hour', 'alice', $1)", store._now()
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO identity.break_glass_approval (id, approver, mfa, approved, expires) "
        "VALUES ('bg_forged000000', 'bob', 'webauthn', $1::timestamptz, $1::timestamptz + interval '1 hour')", store._now()
    )  # fmt: skip
    await connection.close()
    with pytest.raises(GrantUnusableError, match="not approved"):
        await store.find("bg_forged000000", CALLER, "support")
