from __future__ import annotations

import asyncio

import pytest

from proxy.core.keyring import Keyring
from proxy.vault import upkeep
from proxy.vault.upkeep import Expiry, reseal

OLD = Keyring(b"o" * 32)
NEW = Keyring(b"n" * 32, read_only=(OLD,))
CONVERSATION, NONE = "acme\x1fsupport\x1fcrm\x1fc1", "acme\x1fsupport\x1fcrm\x1f"


async def test_originals_sealed_anew_need_the_old_master_no_more(open_vault, superuser):
    before = await open_vault(keys=OLD)
    await before.put(CONVERSATION, {"Name_X": "Ada", "Name_W": "Zoë\ud800"})
    await before.put(NONE, {"Name_X": "Bob"})
    expiry = await superuser.fetchval("SELECT max(expires_at) FROM vault.pseudonym")
    after = await open_vault(keys=NEW)
    await after.put(NONE, {"Name_X": "Bob"})  # known to the new one as well
    assert await after.begun_with(CONVERSATION) == OLD.key_id
    assert await reseal(after) == (3, 0)
    alone = await open_vault(keys=Keyring(NEW.master))
    assert await alone.find(CONVERSATION, ["Name_X", "Name_W"]) == {"Name_X": "Ada", "Name_W": "Zoë\ud800"}
    assert await alone.find(NONE, ["Name_X"]) == {"Name_X": "Bob"}
    assert {name: number for name, (number, _) in (await alone.sealed_with()).items()} == {NEW.key_id: 3}
    assert await superuser.fetchval("SELECT max(expires_at) FROM vault.pseudonym") == expiry
    async with asyncio.timeout(10):
        while await after.begun_with(CONVERSATION) != NEW.key_id:
            await asyncio.sleep(0.02)
    assert await alone.erase_tenant("acme", "support") == 3
    assert await reseal(after) == (0, 0)


async def test_what_cannot_be_named_anew_stays_and_is_counted(open_vault, superuser, monkeypatch):
    monkeypatch.setattr(upkeep, "_AT_ONCE", 2)
    before, after = await open_vault(keys=OLD), await open_vault(keys=NEW)
    await before.put(CONVERSATION, {f"Name_{number}": "Ada" for number in range(7)})
    await superuser.execute(
        "UPDATE vault.pseudonym SET origin = NULL WHERE pseudonym = (SELECT min(pseudonym) FROM vault.pseudonym);"
        "UPDATE vault.pseudonym SET sealed = named WHERE pseudonym = (SELECT max(pseudonym) FROM vault.pseudonym)"
    )
    assert await reseal(after) == (5, 2)
    assert {name: number for name, (number, _) in (await after.sealed_with()).items()} == {OLD.key_id: 2, NEW.key_id: 5}


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
