from __future__ import annotations

import asyncpg
import pytest

from proxy.registry.store import RegistryStore


@pytest.fixture
async def open_store(fresh_dsn):
    opened = []

    async def make() -> RegistryStore:
        store = RegistryStore(fresh_dsn)
        await store.start()
        opened.append(store)
        return store

    yield make
    for store in opened:
        await store.close()


@pytest.fixture
async def store(open_store):
    return await open_store()


@pytest.fixture
async def superuser(fresh_dsn):
    connection = await asyncpg.connect(fresh_dsn)
    yield connection
    await connection.close()
