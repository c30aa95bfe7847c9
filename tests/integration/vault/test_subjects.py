"""What the vault holds of a data subject goes with their key."""

from __future__ import annotations

from proxy.core.keyring import Keyring
from proxy.vault import upkeep

ADA, BOB = b"a" * 16, b"b" * 16
ONE, OTHER = "acme\x1fsupport\x1fcrm\x1fc1", "acme\x1fsales\x1fcrm\x1f"
NAMES = ["Kilo", "Lima", "Mike"]


async def test_what_a_subjects_exchanges_minted_goes_wherever_it_is(open_vault):
    vault = await open_vault()
    await vault.put(ONE, {"Kilo": "Ada", "Lima": "Dr. Byron"}, ADA)
    await vault.put(OTHER, {"Kilo": "Ada"}, ADA)
    await vault.put(ONE, {"Mike": "Bob"}, BOB)
    await vault.put("mercy\x1fsupport\x1fcrm\x1f", {"Kilo": "Ada"}, ADA)
    assert await vault.erase_subject("acme", ADA) == 3
    assert await vault.find(ONE, NAMES) == {"Mike": "Bob"}
    assert await vault.find(OTHER, NAMES) == {}
    assert await vault.find("mercy\x1fsupport\x1fcrm\x1f", NAMES) == {"Kilo": "Ada"}


async def test_a_value_of_two_subjects_is_both_theirs_and_stored_again_when_it_occurs_again(open_vault):
    vault = await open_vault()
    await vault.put(ONE, {"Lima": "Dr. Byron"})
    for subject in (ADA, BOB, ADA):
        await vault.put(ONE, {"Lima": "Dr. Byron"}, subject)
    assert await vault.erase_subject("acme", BOB) == 1
    await vault.put(ONE, {"Lima": "Dr. Byron"}, ADA)
    assert await vault.find(ONE, NAMES) == {"Lima": "Dr. Byron"}
    assert await vault.erase_subject("acme", BOB) == 0
    assert await vault.erase_subject("acme", ADA) == 1


async def test_marks_outlast_another_master_key_and_are_bounded(open_vault, superuser):
    old, new = Keyring(b"o" * 32), Keyring(b"n" * 32)
    before = await open_vault(keys=old)
    await before.put(ONE, {"Kilo": "Ada"}, ADA)
    for number in range(300):
        await before.put(ONE, {"Kilo": "Ada"}, number.to_bytes(16))
    vault = await open_vault(keys=Keyring(new.master, read_only=(old,)))
    assert await upkeep.reseal(vault) == (1, 0)
    assert await superuser.fetchval("SELECT cardinality(subjects) FROM vault.pseudonym") == 256
    assert await vault.erase_subject("acme", ADA) == 1


async def test_an_entry_that_is_sealed_again_onto_one_of_now_is_whose_either_was(open_vault):
    old, new = Keyring(b"o" * 32), Keyring(b"n" * 32)
    before = await open_vault(keys=old)
    await before.put(ONE, {"Kilo": "Ada"}, ADA)
    vault = await open_vault(keys=Keyring(new.master, read_only=(old,)))
    await vault.put(ONE, {"Kilo": "Ada"}, BOB)
    await upkeep.reseal(vault)
    assert await vault.erase_subject("acme", ADA) == 1
    assert await vault.find(ONE, NAMES) == {}


async def test_a_known_pseudonym_is_written_again_for_another_subject_alone(open_vault):
    vault = await open_vault()
    await vault.put(ONE, {"Kilo": "Ada"}, ADA)
    pool, vault._pool = vault._pool, None
    await vault.put(ONE, {"Kilo": "Ada"}, ADA)
    await vault.put(ONE, {"Kilo": "Ada"})
    vault._pool = pool
    await vault.put(ONE, {"Kilo": "Ada"}, BOB)
    assert await vault.erase_subject("acme", BOB) == 1
