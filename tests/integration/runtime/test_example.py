from __future__ import annotations

import asyncpg
import pytest

from proxy.errors import ConfigurationError
from proxy.identity.store import ApiKeyStore, Binding
from proxy.runtime import example
from proxy.runtime.clock import SystemClock
from testing import evidence


async def test_an_empty_database_becomes_the_examples_once(fresh_dsn):
    assert not await example.is_example(fresh_dsn)
    assert await example.claim(fresh_dsn, 7)
    assert await example.is_example(fresh_dsn)
    with pytest.raises(ConfigurationError, match="not finished"):
        await example.claim(fresh_dsn, 7)
    await example.finish(fresh_dsn)
    assert not await example.claim(fresh_dsn, 8)


async def test_a_database_in_use_is_refused(fresh_dsn, started):
    keys = await started(ApiKeyStore(fresh_dsn, evidence.KEYRING, SystemClock()))
    await keys.create(Binding("acme", "crm", ("support",), "support", "DE"))
    with pytest.raises(ConfigurationError, match="other records"):
        await example.claim(fresh_dsn, 7)
    assert not await example.is_example(fresh_dsn)


async def test_an_example_is_not_used_for_anything_else(fresh_dsn):
    await example.refuse(fresh_dsn)
    await example.claim(fresh_dsn, 7)
    with pytest.raises(ConfigurationError, match="--demo"):
        await example.refuse(fresh_dsn)


async def test_a_database_before_its_first_migration_is_no_example(postgres_server):
    connection = await asyncpg.connect(postgres_server.postgres.dsn_of("postgres"))
    await connection.close()
    assert not await example.is_example(postgres_server.postgres.dsn_of("postgres"))
