from __future__ import annotations

import pytest

from proxy.vault.postgres import PostgresVault
from tests import evidence


@pytest.fixture
def open_vault(started, fresh_dsn):
    async def make(dsn: str = fresh_dsn, ttl_s: int = 100) -> PostgresVault:
        return await started(PostgresVault(dsn, evidence.KEYRING, ttl_s, evidence.FixedClock()))

    return make
