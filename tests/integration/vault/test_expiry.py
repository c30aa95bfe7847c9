from __future__ import annotations

import asyncio

import pytest

from proxy.vault.expiry import Expiry


async def test_expired_originals_go_by_themselves(open_vault, superuser):
    vault = await open_vault(ttl_s=100)
    told: list[int] = []

    async def purged(count: int) -> None:
        told.append(count)

    await vault.put("d", {f"Name_{number}": "Ada" for number in range(12)})
    expiry = Expiry(vault, purged, period_s=0.05)
    vault.clock.seconds += 99
    assert await expiry.purge() == 0
    assert await superuser.fetchval("SELECT count(*) FROM vault.pseudonym") == 12
    vault.clock.seconds += 11
    assert await vault.overdue_s() == pytest.approx(10)
    expiry.start()
    try:
        for _ in range(100):
            if told:
                break
            await asyncio.sleep(0.02)
    finally:
        await expiry.close()
    assert told == [12]
    assert await superuser.fetchval("SELECT count(*) FROM vault.pseudonym") == 0
    assert expiry.overdue_s == await vault.overdue_s() == 0


async def test_one_process_purges_at_a_time_and_in_batches(open_vault, superuser, monkeypatch):
    monkeypatch.setattr("proxy.vault.postgres._PURGED_AT_ONCE", 5)
    vault = await open_vault(ttl_s=100)
    await vault.put("d", {f"Name_{number}": "Ada" for number in range(12)})
    vault.clock.seconds += 101
    async with superuser.transaction():
        await superuser.execute("SELECT pg_advisory_xact_lock(hashtextextended('vault purge', 0))")
        assert await vault.purge() == 0
    assert await vault.purge() == 12
