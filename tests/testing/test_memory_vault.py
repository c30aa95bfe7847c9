from __future__ import annotations

from testing import evidence
from testing.memory_vault import MemoryVault


async def test_find_returns_what_was_put_in_this_domain_only():
    vault = MemoryVault(evidence.FixedClock())
    await vault.put("a", {"Name_X": "Ada"})
    assert await vault.find("a", ["Name_X", "Name_Y"]) == {"Name_X": "Ada"}
    assert await vault.find("b", ["Name_X"]) == {}


async def test_expired_pseudonym_is_not_found_and_purged():
    clock = evidence.FixedClock()
    vault = MemoryVault(clock, ttl_s=60)
    await vault.put("a", {"Name_X": "Ada"})
    clock.seconds += 60
    assert await vault.find("a", ["Name_X"]) == {}
    assert await vault.purge() == 1


async def test_erase_removes_one_domain():
    vault = MemoryVault(evidence.FixedClock())
    await vault.put("a", {"Name_X": "Ada"})
    await vault.put("b", {"Name_X": "Bob"})
    assert await vault.erase("a") == 1
    assert await vault.find("b", ["Name_X"]) == {"Name_X": "Bob"}


async def test_what_is_stored_is_changed_and_lives_on():
    clock = evidence.FixedClock()
    vault = MemoryVault(clock, ttl_s=60)
    await vault.put("a", {"Name_X": "Ada"})
    clock.seconds += 59
    assert await vault.amend("a", "Name_X", lambda text: f"{text} Lovelace")
    clock.seconds += 59
    assert await vault.find("a", ["Name_X"]) == {"Name_X": "Ada Lovelace"}
    assert not await vault.amend("b", "Name_X", str.upper)
    clock.seconds += 1
    assert not await vault.amend("a", "Name_X", str.upper)
