from __future__ import annotations

import asyncio

import pytest

from proxy.core.keyring import Keyring
from proxy.identity.subjects import SubjectKeys
from testing import evidence


@pytest.fixture
def open_store(started, fresh_dsn):
    async def make(keys: Keyring = evidence.KEYRING, clock: evidence.FixedClock | None = None) -> SubjectKeys:
        store = await started(SubjectKeys(fresh_dsn, keys, clock or evidence.FixedClock()))
        await asyncio.wait_for(store.listening.wait(), 10)
        return store

    return make


@pytest.fixture
async def erase(open_store):
    async def by_two(store: SubjectKeys, tenant: str, subject: str) -> int | None:
        request = await store.request_erasure(tenant, subject, "DSR-7", "alice")
        return await store.erase(request, tenant, subject, "bob")

    return by_two
