from __future__ import annotations

import pytest

from proxy.registry.store import RegistryStore
from testing import evidence


@pytest.fixture
def open_store(started, fresh_dsn):
    async def make() -> RegistryStore:
        return await started(RegistryStore(fresh_dsn, evidence.KEYRING))

    return make


@pytest.fixture
async def store(open_store):
    return await open_store()
