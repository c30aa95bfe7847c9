"""Database connections whose peer goes silent heal in seconds; nobody waits without limit for a pool."""

from __future__ import annotations

import asyncio
import time

import pytest

from bench.chaos.relay import Relay
from proxy.audit.writing.log import PostgresAuditLog
from proxy.audit.writing.writer import ChainWriter
from proxy.errors import AuditUnavailableError, IdentityUnavailableError
from proxy.identity.store import ApiKeyStore
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from proxy.vault.postgres import PostgresVault
from proxy.web.admin import CachedCheck
from testing import evidence


async def test_the_log_heals_when_a_silent_path_comes_back(fresh_dsn, started, superuser):
    async with Relay(fresh_dsn) as relay:
        log = await started(PostgresAuditLog(relay.dsn, "silent-1", evidence.KEYRING, SystemClock(), timeout_s=0.5))
        await log.event_durable("before", {})
        relay.silence()
        with pytest.raises(AuditUnavailableError):
            await log.event_durable("during", {})
        relay.heal()  # the backend of the silent connection lives and holds the writer's lock
        began = time.monotonic()
        while True:
            try:
                await log.event_durable("after", {})
                break
            except AuditUnavailableError:
                assert time.monotonic() - began < 30
        assert log.writer.writer == "silent-1"
        rows = await superuser.fetch("SELECT action, count(*) AS n FROM audit.record GROUP BY action")
        stored = {row["action"]: row["n"] for row in rows}
        assert stored["before"] == stored["after"] == stored["during"] == 1
        await log.close()


async def test_a_chain_goes_on_under_another_name_when_its_lock_stays_taken(fresh_dsn, started, superuser, monkeypatch):
    monkeypatch.setattr(ChainWriter, "LONGEST_HELD_S", 0.3)
    log = await started(PostgresAuditLog(fresh_dsn, "held", evidence.KEYRING, SystemClock(), timeout_s=2))
    log.writer._former = None
    log.writer._disconnect()
    await superuser.fetchval("SELECT pg_advisory_lock(audit.writer_lock('held'))")
    log.writer._wake.set()
    for _ in range(100):
        if log.writer.writer == "held~2" and log.healthy:
            break
        await asyncio.sleep(0.1)
    await log.event_durable("later", {})
    assert await superuser.fetchval("SELECT writer FROM audit.record WHERE action = 'later'") == "held~2"


async def test_nobody_waits_longer_than_the_time_out_for_a_full_pool(fresh_dsn):
    pool = await database.pool(fresh_dsn, database.READER, size=2, timeout_s=0.5)
    try:
        began = time.monotonic()
        ended = await asyncio.gather(*(pool.fetchval("SELECT pg_sleep(30)") for _ in range(12)), return_exceptions=True)
        assert all(isinstance(one, database.UNAVAILABLE) for one in ended)
        assert time.monotonic() - began < 10  # six turns of waiting would be 15 s and more
        assert await pool.fetchval("SELECT 1") == 1
    finally:
        pool.terminate()


async def test_keys_are_found_again_at_once_after_a_silence(fresh_dsn, started):
    async with Relay(fresh_dsn) as relay:
        store = await started(ApiKeyStore(relay.dsn, evidence.KEYRING, SystemClock(), cache_s=0.0, timeout_s=0.5))
        relay.silence()
        with pytest.raises(IdentityUnavailableError):
            await store.find("cp_aaaaaaaaaaaa_" + "b" * 43)
        with pytest.raises(IdentityUnavailableError):
            await store.list()
        relay.heal()
        assert await store.list() == ()


async def test_what_one_part_finds_out_no_other_waits_for(fresh_dsn, started):
    async with Relay(fresh_dsn) as relay:
        vault = await started(PostgresVault(relay.dsn, evidence.KEYRING, 100, SystemClock(), timeout_s=30.0))
        keys = await started(ApiKeyStore(relay.dsn, evidence.KEYRING, SystemClock(), timeout_s=0.5))
        assert await vault.ready()
        relay.silence()
        with pytest.raises(IdentityUnavailableError):
            await keys.list()
        relay.heal()
        async with asyncio.timeout(20):  # half-open, the vault's connection would be waited for 30 s
            assert await vault.ready()


async def test_the_log_need_not_find_out_itself(fresh_dsn, started):
    async with Relay(fresh_dsn) as relay:
        log = await started(PostgresAuditLog(relay.dsn, "told", evidence.KEYRING, SystemClock(), timeout_s=30.0))
        keys = await started(ApiKeyStore(relay.dsn, evidence.KEYRING, SystemClock(), timeout_s=0.5))
        relay.silence()
        with pytest.raises(IdentityUnavailableError):
            await keys.list()
        relay.heal()
        async with asyncio.timeout(20):  # half-open, the log's connection would be waited for 30 s
            await log.event_durable("after", {})
        assert log.writer.writer == "told"
        await log.close()


async def test_a_question_that_was_given_up_holds_nobody(fresh_dsn):
    async with Relay(fresh_dsn) as relay:
        pool = await database.pool(relay.dsn, database.READER, size=2, timeout_s=30.0)
        try:
            async with asyncio.timeout(20):  # the peer's word that the question is cancelled would be waited for 30 s
                async with pool.acquire() as connection:
                    relay.silence()
                    with pytest.raises(TimeoutError):
                        await connection.fetchval("SELECT 1", timeout=0.2)
        finally:
            pool.terminate()


async def test_readiness_of_vault_and_keys_goes_with_the_path_and_comes_back_by_itself(fresh_dsn, started):
    """What is asked is the pool that requests use; an outage shows within a question's patience and heals with it."""
    async with Relay(fresh_dsn) as relay:
        vault = await started(PostgresVault(relay.dsn, evidence.KEYRING, 100, SystemClock(), timeout_s=1.0))
        keys = await started(ApiKeyStore(relay.dsn, evidence.KEYRING, SystemClock(), timeout_s=1.0))
        checks = [CachedCheck(part.ready, every_s=0.1, patience_s=3.0) for part in (vault, keys)]
        assert [await check() for check in checks] == [True, True]
        relay.silence()
        await asyncio.sleep(0.2)
        assert [await check() for check in checks] == [False, False]
        relay.heal()
        async with asyncio.timeout(30):
            while [await check() for check in checks] != [True, True]:
                await asyncio.sleep(0.1)
