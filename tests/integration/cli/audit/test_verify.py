"""'audit verify' as an operator runs it: quiet on a healthy database, in words of its own on a weakened one."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess

import asyncpg
import pytest

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.core.keyring import Keyring
from proxy.identity.store import ApiKeyStore, Binding
from proxy.runtime.clock import SystemClock
from testing import commands, evidence


@pytest.fixture
def verify(fresh_dsn, tmp_path):
    def run(*words: str, status: int, dsn: str = fresh_dsn) -> str:
        environment = dict(os.environ) | {
            "DATABASE_URL": dsn, "PROXY_SECRET_KEY": base64.b64encode(b"k" * 32).decode(), "COLUMNS": "300",
            "PROXY_STATE_DIR": str(tmp_path), "PROXY_AUDIT_SIGNING_KEY": str(evidence.signing_key_file(tmp_path)),
        }  # fmt: skip
        done = commands.run("audit", "verify", *words, environment=environment)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(autouse=True)
async def filled(fresh_dsn, started):
    """A log with an exchange in it."""
    log = await started(
        PostgresAuditLog(fresh_dsn, fresh_writer_id("test"), evidence.KEYRING, SystemClock(), signing=evidence.SIGNING)
    )
    await evidence.serve(log, "x1")
    await log.close()


@pytest.fixture
def restored(postgres_server):
    """Restore a dump of a database as another; return its connection string."""
    made: list[str] = []

    async def run(dsn: str) -> str:
        server, name = postgres_server.postgres, f"restored_{len(made)}"
        admin = await asyncpg.connect(server.dsn_of("postgres"))
        await admin.execute(f"CREATE DATABASE {name}")
        await admin.close()
        made.append(name)
        copy = server.dsn_of(name)
        dump = await asyncio.to_thread(_tool, server, "pg_dump", "-Fc", dsn)
        await asyncio.to_thread(_tool, server, "pg_restore", "-d", copy, given=dump)
        return copy

    yield run
    for name in made:
        postgres_server.run(postgres_server.drop(name))


def _tool(server, name: str, *words: str, given: bytes = b"") -> bytes:
    command = [str(server._places.binaries / name), *words]
    return subprocess.run(command, input=given, check=True, capture_output=True, cwd="/").stdout


async def test_operator_who_looks_after_a_healthy_database_is_not_accused(verify, fresh_dsn, superuser):
    before = verify(status=3)
    for statement in (
        "ANALYZE",
        "VACUUM FULL",
        "CREATE INDEX by_tenant ON audit.record (tenant)",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET quote_all_identifiers = on', current_database()); END $$",
    ):
        await superuser.execute(statement)
    after = verify(status=3)
    assert "sound, but unwitnessed" in before
    assert "sound, but unwitnessed" in after
    assert "environment: index audit.by_tenant is not the release's" in after
    assert "environment: database has the setting quote_all_identifiers = 'on'" in after


async def test_restored_dump_reads_like_the_database_itself(verify, fresh_dsn, restored):
    verify(status=3)
    once = await restored(fresh_dsn)
    assert "sound, but unwitnessed" in verify(status=3, dsn=once)
    assert json.loads(verify("--json", status=3, dsn=await restored(once)))["damages"] == []


async def test_weakened_protection_is_not_called_a_damaged_log(verify, fresh_dsn, superuser):
    await superuser.execute("ALTER TABLE audit.record DISABLE TRIGGER record_append_only")
    said = verify(status=4)
    assert "protection: trigger audit.record.record_append_only" in said
    assert "UNPROTECTED: 1 findings; what was signed is unchanged" in said
    await superuser.execute("SET session_replication_role = replica; DELETE FROM audit.record WHERE seq = 1")
    assert "DAMAGED" in verify(status=1)


async def test_key_and_approval_that_nobody_proved_are_named(verify, fresh_dsn, superuser, started):
    keys = Keyring(b"k" * 32)
    store = await started(ApiKeyStore(fresh_dsn, keys, SystemClock()))
    await store.create(Binding("acme", "crm", ("support",), "support", "DE"))
    verify(status=3)
    await superuser.execute("UPDATE identity.api_key SET roles = '{privacy-officer}'")
    await superuser.execute(
        "INSERT INTO identity.break_glass (id, tenant, ticket, reason, lasts, requested_by, requested) "
        "VALUES ('bg_forged000000', 'acme', 'INC-1', 'x', '1 hour', 'alice', now());"
        "INSERT INTO identity.break_glass_approval (id, approver, mfa, expires) "
        "VALUES ('bg_forged000000', 'bob', 'webauthn', now() + interval '1 hour')"
    )
    said = verify(status=4)
    assert f"the API key {(await store.list())[0].id} was not made by" in said
    assert "the break-glass grant bg_forged000000 was not made by" in said
