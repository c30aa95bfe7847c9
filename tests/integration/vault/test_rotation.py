from __future__ import annotations

from proxy.core.decision import seals
from proxy.core.keyring import Keyring
from proxy.vault.upkeep import reseal

OLD = Keyring(b"o" * 32)
NEW = Keyring(b"n" * 32, read_only=(OLD,))
CONVERSATION, NONE = "acme\x1fsupport\x1fcrm\x1fc1", "acme\x1fsupport\x1fcrm\x1f"


async def test_what_an_old_master_sealed_is_put_back(open_vault):
    before = await open_vault(keys=OLD)
    for domain in (CONVERSATION, NONE):
        await before.put(domain, {"Name_X": "Ada"})
    after = await open_vault(keys=NEW)
    await after.put(NONE, {"Name_Y": "Bob"})
    assert await after.find(CONVERSATION, ["Name_X"]) == {"Name_X": "Ada"}
    assert await after.find(NONE, ["Name_X", "Name_Y", "Name_Z"]) == {"Name_X": "Ada", "Name_Y": "Bob"}
    assert await (await open_vault(keys=Keyring(NEW.master))).find(CONVERSATION, ["Name_X"]) == {}
    assert {name: number for name, (number, _) in (await after.sealed_with()).items()} == {OLD.key_id: 2, NEW.key_id: 1}


async def test_a_conversation_goes_on_with_the_master_it_began_with(open_vault):
    before = await open_vault(keys=OLD)
    await before.put(CONVERSATION, {"Name_X": "Ada"})
    await before.put(NONE, {"Name_X": "Ada"})
    after = await open_vault(keys=NEW)
    assert await after.begun_with(CONVERSATION) == OLD.key_id
    assert await after.begun_with(NONE) == await after.begun_with(CONVERSATION + "2") == NEW.key_id
    await after.put(CONVERSATION, {"Name_Y": "Bob"})
    assert await (await open_vault(keys=OLD)).find(CONVERSATION, ["Name_Y"]) == {"Name_Y": "Bob"}
    later = await open_vault(keys=NEW)
    later.clock.seconds += 101
    assert await later.begun_with(CONVERSATION) == NEW.key_id


async def test_an_entry_tells_neither_domain_nor_pseudonym_without_a_key(open_vault, superuser):
    await (await open_vault(keys=OLD)).put(CONVERSATION, {"Name_X": "Ada"})
    row = await superuser.fetchrow("SELECT * FROM vault.pseudonym")
    held = b"".join(value for value in row.values() if isinstance(value, bytes))
    assert not [word for word in (b"acme", b"Name_X", b"Ada") if word in held]


async def test_erasure_reaches_what_every_master_sealed(open_vault):
    before, after = await open_vault(keys=OLD), await open_vault(keys=NEW)
    for domain in (CONVERSATION, NONE):
        await before.put(domain, {"Name_X": "Ada"})
    await after.put(NONE, {"Name_Y": "Bob"})
    assert await after.begun_with(CONVERSATION) == OLD.key_id
    assert await after.erase(CONVERSATION) == 1
    assert await after.begun_with(CONVERSATION) == NEW.key_id
    assert await after.erase_tenant("acme", "support") == 2
    assert (await after.stats())["pseudonyms"] == 0


async def test_who_sealed_what_outlives_a_rotation_and_goes_with_its_tenant(open_vault):
    before, after = await open_vault(keys=OLD), await open_vault(keys=NEW)
    names = [seals.name("gAAAAABm"), seals.name("gAAAAABn")]
    for vault in (before, after):
        await vault.put_seals(seals.domain("acme"), names, "vendor")
        assert await after.makers(seals.domain("acme"), [names[1], "x"]) == {names[1]: "vendor"}
        assert await vault.makers(seals.domain("other"), names) == {}
    assert await reseal(after) == (0, 0)
    assert {key: number for key, (number, _) in (await after.seals_with()).items()} == {OLD.key_id: 1, NEW.key_id: 1}
    assert await after.sealed_with() == {}
    assert await after.erase_tenant("acme") == 2
    assert await after.makers(seals.domain("acme"), names) == {}
