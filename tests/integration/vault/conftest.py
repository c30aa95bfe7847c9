from __future__ import annotations

import pytest

from proxy.core.keyring import Keyring
from proxy.vault.postgres import PostgresVault
from testing import evidence


@pytest.fixture
def open_vault(started, fresh_dsn):
    async def make(dsn: str = fresh_dsn, ttl_s: int = 100, keys: Keyring = evidence.KEYRING) -> PostgresVault:
        return await started(PostgresVault(dsn, keys, ttl_s, evidence.FixedClock()))

    return make
