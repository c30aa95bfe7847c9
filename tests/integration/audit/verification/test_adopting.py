"""Chains of releases without seals; ``tests/integration/cli/test_evidence_commands.py`` adopts them by command."""

from __future__ import annotations

import pytest

from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification.adopting import adopt
from proxy.audit.verification.verify import verify
from proxy.errors import ConfigurationError
from proxy.runtime import database
from testing import evidence


@pytest.fixture
async def old(fresh_dsn, open_log, superuser):
    """A chain without certificate and seals."""
    made = await open_log(fresh_dsn, signing=AuditSigningKey.generate())
    await made.event_durable("key_created", {})
    await made.close()
    await superuser.execute("SET session_replication_role = replica; DELETE FROM audit.seal")
    return made


async def state(dsn) -> str:
    connection = await database.connect(dsn, database.READER)
    try:
        return (await verify(connection, evidence.SIGNING.verifier)).state
    finally:
        await connection.close()


async def test_chains_are_taken_over_as_they_are_and_once(fresh_dsn, old, open_log):
    log = await open_log(fresh_dsn)
    assert await state(fresh_dsn) == "damaged"
    heads = await adopt(log, "anna", "upgrade")
    assert {name: head.seq for name, head in heads.items()} == {old.writer_id: 3}
    assert await state(fresh_dsn) == "unwitnessed"
    assert await adopt(log, "anna", "again") == {}


async def test_damaged_chains_are_not_taken_over(fresh_dsn, old, open_log, superuser):
    log = await open_log(fresh_dsn)
    await superuser.execute("DELETE FROM audit.record WHERE action = 'key_created'")
    with pytest.raises(ConfigurationError, match="damaged"):
        await adopt(log, "anna", "upgrade")
    assert await state(fresh_dsn) == "damaged"


async def test_nobody_adopts_without_the_installations_key(fresh_dsn, old, open_log):
    """A login with the writer's role writes the same event under a certificate of its own."""
    stranger = await open_log(fresh_dsn, signing=AuditSigningKey.generate())
    await adopt(stranger, "mallory", "upgrade")
    assert await state(fresh_dsn) == "damaged"
