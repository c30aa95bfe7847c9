from __future__ import annotations

import asyncio

import pytest

from proxy.errors import VaultUnavailableError
from proxy.vault import postgres
from proxy.vault.postgres import PostgresVault
from testing import evidence


async def test_another_process_finds_what_was_put(open_vault):
    one, two = await open_vault(), await open_vault()
    await one.put("d", {"Name_X": "Ada", "Name_Y": "Böb"})
    assert await two.find("d", ["Name_X", "Name_Y", "Name_Z"]) == {"Name_X": "Ada", "Name_Y": "Böb"}
    assert await two.find("e", ["Name_X"]) == {}
    assert await two.find("d", []) == {}


async def test_table_holds_neither_originals_pseudonyms_nor_domains(open_vault, superuser):
    vault = await open_vault()
    await vault.put("acme\x1fsupport\x1f", {"Name_KQTMXBZRWD": "Ada Lovelace"})
    row = await superuser.fetchrow("SELECT domain, pseudonym, sealed FROM vault.pseudonym")
    everything = b"".join(row.values())
    for secret in (b"Ada", b"Lovelace", b"KQTMXBZRWD", b"acme"):
        assert secret not in everything


async def test_repeated_pseudonyms_cost_no_query(open_vault, superuser):
    vault = await open_vault()
    await vault.put("d", {"Name_X": "Ada"})
    await superuser.execute("TRUNCATE vault.pseudonym")
    await vault.put("d", {"Name_X": "Ada"})
    assert await superuser.fetchval("SELECT count(*) FROM vault.pseudonym") == 0


async def test_pseudonym_in_use_is_kept_alive(open_vault):
    vault = await open_vault(ttl_s=100)
    await vault.put("d", {"Name_X": "Ada"})
    vault.clock.seconds += 60
    await vault.put("d", {"Name_X": "Ada"})
    vault.clock.seconds += 60
    assert await vault.find("d", ["Name_X"]) == {"Name_X": "Ada"}
    vault.clock.seconds += 41
    assert await vault.find("d", ["Name_X"]) == {}


async def test_purge_removes_only_what_expired(open_vault):
    vault = await open_vault(ttl_s=100)
    await vault.put("d", {"Name_X": "Ada"})
    vault.clock.seconds += 50
    await vault.put("d", {"Name_Y": "Bob"})
    vault.clock.seconds += 50
    assert (await vault.stats())["expired"] == 1
    assert await vault.purge() == 1
    assert await vault.find("d", ["Name_X", "Name_Y"]) == {"Name_Y": "Bob"}


async def test_erased_domain_cannot_be_restored_and_can_be_used_again(open_vault):
    vault = await open_vault()
    await vault.put("d", {"Name_X": "Ada"})
    await vault.put("e", {"Name_X": "Eve"})
    assert await vault.erase("d") == 1
    assert await vault.find("d", ["Name_X"]) == {}
    assert await vault.find("e", ["Name_X"]) == {"Name_X": "Eve"}
    await vault.put("d", {"Name_X": "Ada"})
    assert await vault.find("d", ["Name_X"]) == {"Name_X": "Ada"}


async def test_altered_entry_is_not_restored(open_vault, superuser):
    vault = await open_vault()
    await vault.put("d", {"Name_X": "Ada"})
    await superuser.execute("UPDATE vault.pseudonym SET sealed = set_byte(sealed, 13, get_byte(sealed, 13) # 1)")
    assert await vault.find("d", ["Name_X"]) == {}


async def test_what_several_processes_add_to_one_entry_is_all_there(open_vault):
    one, two = await open_vault(), await open_vault()
    await one.put("d", {"Name_X": ""})

    async def add(vault, word):
        assert await vault.amend("d", "Name_X", lambda text: f"{text} {word}")

    words = [f"w{number}" for number in range(12)]
    async with asyncio.TaskGroup() as group:
        for number, word in enumerate(words):
            group.create_task(add((one, two)[number % 2], word))
    found = await one.find("d", ["Name_X"])
    assert sorted(found["Name_X"].split()) == sorted(words)
    assert not await one.amend("e", "Name_X", str.upper)


async def test_a_change_that_fails_leaves_what_was_stored(open_vault):
    vault = await open_vault()
    await vault.put("d", {"Name_X": "Ada"})

    def refuse(text):
        raise LookupError(text)

    with pytest.raises(LookupError):
        await vault.amend("d", "Name_X", refuse)
    assert await vault.find("d", ["Name_X"]) == {"Name_X": "Ada"}


async def test_an_altered_entry_is_not_changed(open_vault, superuser):
    vault = await open_vault()
    await vault.put("d", {"Name_X": "Ada"})
    await superuser.execute("UPDATE vault.pseudonym SET sealed = set_byte(sealed, 13, get_byte(sealed, 13) # 1)")
    assert not await vault.amend("d", "Name_X", str.upper)


async def test_vault_without_a_database_is_unavailable(tmp_path):
    vault = PostgresVault(f"postgresql://postgres@/x?host={tmp_path}", evidence.KEYRING, 100, evidence.FixedClock())
    with pytest.raises(VaultUnavailableError):
        await vault.start()
    with pytest.raises(VaultUnavailableError):
        await vault.put("d", {"Name_X": "Ada"})


async def test_vault_whose_table_is_gone_is_unavailable_and_remembers_nothing(open_vault, superuser):
    vault = await open_vault()
    await superuser.execute("ALTER TABLE vault.pseudonym RENAME TO moved")
    with pytest.raises(VaultUnavailableError):
        await vault.put("d", {"Name_X": "Ada"})
    await superuser.execute("ALTER TABLE vault.moved RENAME TO pseudonym")
    await vault.put("d", {"Name_X": "Ada"})
    assert await superuser.fetchval("SELECT count(*) FROM vault.pseudonym") == 1


async def test_a_tenant_or_an_activity_is_erased_without_knowing_its_conversations(open_vault):
    vault = await open_vault()
    for domain in (
        "acme\x1fsupport\x1fcrm\x1fc1",
        "acme\x1fsupport\x1fcrm\x1fc2",
        "acme\x1fhr\x1fcrm\x1f",
        "umbra\x1fsupport\x1fcrm\x1f",
    ):
        await vault.put(domain, {"Name_X": "Ada"})
    assert await vault.erase_tenant("acme", "support") == 2
    assert await vault.find("acme\x1fsupport\x1fcrm\x1fc2", ["Name_X"]) == {}
    assert await vault.find("acme\x1fhr\x1fcrm\x1f", ["Name_X"]) == {"Name_X": "Ada"}
    assert await vault.erase_tenant("acme") == 1
    assert await vault.find("umbra\x1fsupport\x1fcrm\x1f", ["Name_X"]) == {"Name_X": "Ada"}
    assert await vault.erase_tenant("acm") == await vault.erase_tenant("") == 0


async def test_what_another_process_erased_is_stored_again_when_it_comes_again(open_vault):
    """A process that believed the value to be stored still would leave the caller without its original."""
    serving, command = await open_vault(), await open_vault()
    await serving.put("acme\x1fsupport\x1f\x1f", {"Name_X": "Ada"})
    await asyncio.sleep(0.3)  # the listener has connected
    await serving.put("acme\x1fsupport\x1f\x1f", {"Name_X": "Ada"})
    assert await command.erase_tenant("acme", "support") == 1
    for _ in range(100):
        await serving.put("acme\x1fsupport\x1f\x1f", {"Name_X": "Ada"})
        if await command.find("acme\x1fsupport\x1f\x1f", ["Name_X"]):
            break
        await asyncio.sleep(0.02)
    assert await command.find("acme\x1fsupport\x1f\x1f", ["Name_X"]) == {"Name_X": "Ada"}


async def test_seals_of_a_reply_are_one_row_that_expires(open_vault, superuser):
    vault = await open_vault(ttl_s=100)
    names = [f"seal {number}" for number in range(1_000)]
    await vault.put_seals("d", names, "vendor")
    row = await superuser.fetchrow("SELECT count(*) AS rows, min(sealed) AS sealed FROM vault.seal")
    assert (row["rows"], b"vendor" in row["sealed"]) == (1, False)
    assert await vault.makers("d", ["seal 7", "seal 999", "seal 1000"]) == {"seal 7": "vendor", "seal 999": "vendor"}
    vault.clock.seconds += 100
    assert await vault.makers("d", ["seal 7"]) == {}
    await vault.purge()
    assert await superuser.fetchval("SELECT count(*) FROM vault.seal") == 0


async def test_the_newest_replies_of_a_tenant_and_target_are_remembered(open_vault, superuser, monkeypatch):
    monkeypatch.setattr(postgres, "_SEALED_REPLIES", 3)
    monkeypatch.setattr(postgres, "_TRIMMED_EVERY", 1)
    vault = await open_vault(ttl_s=1000)
    await vault.put_seals("e", ["vendor 0"], "vendor")
    for number in range(5):
        for target in ("vendor", "rival"):
            await vault.put_seals("d", [f"{target} {number}"], target)
        vault.clock.seconds += 1
    assert await superuser.fetchval("SELECT count(*) FROM vault.seal") == 7
    asked = [f"{target} {number}" for target in ("vendor", "rival") for number in range(5)]
    assert sorted(await vault.makers("d", asked)) == [
        f"{target} {n}" for target in ("rival", "vendor") for n in (2, 3, 4)
    ]
    assert await vault.makers("e", ["vendor 0"]) == {"vendor 0": "vendor"}


async def test_replies_beyond_the_quota_go_while_they_are_written(open_vault, superuser, monkeypatch):
    monkeypatch.setattr(postgres, "_SEALED_REPLIES", 3)
    monkeypatch.setattr(postgres, "_TRIMMED_EVERY", 4)
    vault = await open_vault(ttl_s=1000)
    for number in range(21):
        await vault.put_seals("d", [f"seal {number}"], "vendor")
        vault.clock.seconds += 1
        assert await superuser.fetchval("SELECT count(*) FROM vault.seal") <= 3 + 4


async def test_a_text_sealed_in_every_reply_matches_few_rows(open_vault, superuser):
    vault = await open_vault(ttl_s=1000)
    for number in range(40):
        await vault.put_seals("d", ["constant", f"seal {number}"], "vendor")
        await vault.put_seals("d", ["constant"], "rival")
    digests = vault._sealers.of("d").digest("constant")
    matching = "SELECT count(*) FROM vault.seal WHERE names @> ARRAY[$1::bytea]"
    assert await superuser.fetchval(matching, digests) == 2
    assert await vault.makers("d", ["constant", "seal 39"]) == {"constant": "rival", "seal 39": "vendor"}
    vault.clock.seconds += 900
    await vault.put_seals("d", ["constant"], "vendor")
    assert await superuser.fetchval(matching, digests) == 3
    vault.clock.seconds += 200
    assert await vault.makers("d", ["constant", "seal 39"]) == {"constant": "vendor"}


async def test_looking_up_seals_reads_only_rows_that_match(open_vault, superuser, monkeypatch):
    """Whatever the statistics say: each row that is read for nothing would bring 32 KB."""
    vault = await open_vault()
    for number in range(300):
        await vault.put_seals("d", [f"{number} {of}" for of in range(20)], "vendor")
    names = [f"{number} {of}" for number in range(60) for of in range(20)]
    assert await vault.makers("d", names) == dict.fromkeys(names, "vendor")
    monkeypatch.setitem(postgres.SQL, "seals", f"EXPLAIN {postgres.SQL['seals']}")
    for statement in ("SELECT 1", "ANALYZE vault.seal"):
        await superuser.execute(statement)
        plan = "\n".join(row[0] for row in await vault._seals(list(map(vault._sealers.of("d").digest, names))))
        assert "Index Scan on seal_names" in plan
        assert "Seq Scan" not in plan


async def test_expired_seals_go_in_batches_behind_the_originals(open_vault, superuser, monkeypatch):
    monkeypatch.setattr(postgres, "_PURGED_AT_ONCE", 2)
    vault = await open_vault(ttl_s=100)
    await vault.put("d", {"Name_X": "Ada"})
    for number in range(5):
        await vault.put_seals("d", [f"seal {number}"], "vendor")
    vault.clock.seconds += 50
    await vault.put_seals("d", ["later"], "vendor")
    vault.clock.seconds += 51
    tags = []
    execute = vault._execute

    async def recorded(statement, *arguments):
        tags.append((statement, await execute(statement, *arguments)))
        return tags[-1][1]

    monkeypatch.setattr(vault, "_execute", recorded)
    assert await vault.purge() == 1
    seals = [("purge_seals", f"DELETE {number}") for number in (2, 2, 1)]
    assert tags == [("purge", "DELETE 1"), *seals, ("purge_replies", "DELETE 0")]
    assert await vault.makers("d", ["later", "seal 1"]) == {"later": "vendor"}


async def test_an_altered_row_of_seals_has_no_maker(open_vault, superuser):
    vault = await open_vault()
    await vault.put_seals("d", ["one"], "vendor")
    await vault.put_seals("d", ["two"], "vendor")
    await superuser.execute("UPDATE vault.seal SET names = names || (SELECT names FROM vault.seal ORDER BY id LIMIT 1)")
    assert await vault.makers("d", ["one", "two"]) == {}
