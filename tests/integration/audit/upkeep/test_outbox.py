"""What was done in the database is in the log, even if who did it was killed before they could say so."""

from __future__ import annotations

import json

import asyncpg
import pytest

from proxy.audit.upkeep import outbox
from proxy.audit.upkeep.recovery import Recovery
from proxy.audit.verification.verify import verify
from proxy.identity.subjects import SubjectKeys
from proxy.keys import authority_check
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from testing import evidence

EVENTS = "SELECT tenant, target, body #> '{facts}' AS facts FROM audit.record WHERE action = 'subject_erased'"


@pytest.fixture
async def erased(fresh_dsn, started) -> str:
    """An erasure whose command was killed once the key was destroyed; returns its request."""
    subjects = await started(SubjectKeys(fresh_dsn, evidence.KEYRING, SystemClock()))
    await subjects.of("acme", "patient 7")
    request = await subjects.request_erasure("acme", "patient 7", "DSR-7", "alice")
    assert await subjects.erase(request, "acme", "patient 7", "bob") == 1
    return request


@pytest.fixture
async def writer(fresh_dsn):
    connection = await database.connect(fresh_dsn, database.WRITER)
    yield connection
    await connection.close()


async def test_erasure_that_nobody_recorded_is_recorded_by_the_next_process_once(erased, log, writer, superuser):
    assert await outbox.record(writer, log) == 0  # whoever did it may be at it
    assert await outbox.record(writer, log, 0) == 1
    assert await outbox.record(writer, log, 0) == 0
    [event] = await superuser.fetch(EVENTS)
    told = {"request": erased, "ticket": "DSR-7", "keys": 1, "pseudonyms": None, "requested_by": "alice", "by": "bob"}
    assert (event["tenant"], json.loads(event["facts"])) == ("acme", told)
    assert await superuser.fetchval("SELECT count(*) FROM audit.outbox") == 0


async def test_what_its_own_command_recorded_is_not_recorded_again(erased, log, writer, superuser):
    [target] = await superuser.fetchrow("SELECT id::text FROM audit.outbox")
    await log.event_durable("subject_erased", {"request": erased}, tenant="acme", target=target)
    assert await outbox.record(writer, log, 0) == 0
    assert len(await superuser.fetch(EVENTS)) == 1
    assert await superuser.fetchval("SELECT count(*) FROM audit.outbox") == 0


async def test_recovery_records_it(erased, log, superuser, reader):
    await superuser.execute(
        "SET session_replication_role = replica; UPDATE audit.outbox SET at = at - interval '1 hour'"
    )
    await Recovery(log).once()
    assert len(await superuser.fetch(EVENTS)) == 1
    assert (await verify(reader, evidence.SIGNING.verifier)).damages == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit.outbox SET tenant = 'x'", "DELETE FROM audit.outbox", "TRUNCATE audit.outbox"]
)
async def test_what_is_owed_cannot_be_forgotten(erased, superuser, statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await superuser.execute(statement)


async def test_nobody_can_owe_the_log_anything_by_hand(fresh_dsn):
    for role in (database.WRITER, database.IDENTITY, database.READER, database.RETENTION):
        connection = await database.connect(fresh_dsn, role)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "INSERT INTO audit.outbox (action, tenant, facts) VALUES ('subject_erased', 'a', '{}')"
            )
        await connection.close()


FORGED = {
    "an erasure that nobody asked for": ("subject_erased", {"request": "rq_aaaaaaaaaaaa", "keys": 100}),
    "an erasure of another tenant's": ("subject_erased", {"request": "", "keys": 100}),
    "an erasure without a request": ("subject_erased", {"keys": 100}),
    "links whose key is there": ("links_expired", {"day": "2026-11-01", "through": "2026-11-02"}),
    "links of no day": ("links_expired", {"day": "soon"}),
}


@pytest.mark.parametrize("name", FORGED)
async def test_what_nobody_did_is_not_signed(erased, log, writer, superuser, fresh_dsn, name):
    """Whoever administers the database writes into the table what the log would be owed."""
    action, facts = FORGED[name]
    tenant = "mercy" if name == "an erasure of another tenant's" else "acme"
    facts = facts if facts.get("request") != "" else facts | {"request": erased}
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("DELETE FROM audit.outbox")
    await superuser.execute(
        "INSERT INTO identity.linking_key (tenant, day, until, sealed, sealed_by)"
        " VALUES ('acme', '2026-11-01', '2026-11-30', '\\x01', 'k-00000000')"
    )
    await superuser.execute(
        "INSERT INTO audit.outbox (action, tenant, facts) VALUES ($1, $2, $3)", action, tenant, json.dumps(facts)
    )
    assert await outbox.record(writer, log, 0) == 0
    assert await superuser.fetchval("SELECT count(*) FROM audit.record WHERE action = $1", action) == 0
    named = await authority_check.against(fresh_dsn, evidence.KEYRING, ("request",))
    assert bool(named) == (action == "subject_erased")
