"""Kept replies in PostgreSQL: sealed, per domain, expiring, bounded, and gone with what they hold."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from proxy.core.keyring import Keyring
from proxy.ports import ReplyTerms
from proxy.vault import upkeep
from proxy.vault.postgres import SQL
from proxy.vault.replies import PostgresReplies
from proxy.vault.sealing import Sealers

ADA, BOB = b"a" * 16, b"b" * 16
ONE, OTHER = "acme\x1fsupport\x1fcrm\x1fc1", "acme\x1fsales\x1fcrm\x1f"
MERCY = "mercy\x1fsupport\x1fcrm\x1f"
REPLY = b"Kilo-Zebulon-canary-leak says so"


def about(*pseudonyms, subject=b"", age_s=0.0, lifetime_s=60):
    return ReplyTerms(pseudonyms, subject, age_s, lifetime_s)


@pytest.fixture
def open_replies(open_vault):
    async def make(rows=100, size=1 << 20, **more):
        return PostgresReplies(await open_vault(**more), size, rows)

    return make


async def test_it_is_found_by_its_request_in_its_domain_alone(open_replies):
    replies = await open_replies()
    assert await replies.put(ONE, b"asked", REPLY, about(age_s=5))
    reply, age_s = await replies.find(ONE, b"asked", 60)
    assert reply == REPLY
    assert 5 <= age_s < 10
    for domain, asked, oldest in ((OTHER, b"asked", 60), (MERCY, b"asked", 60), (ONE, b"other", 60), (ONE, b"asked", 5), (ONE, b"asked", -1)):  # fmt: skip
        assert await replies.find(domain, asked, oldest) is None


async def test_it_expires_by_the_databases_clock_and_is_purged(open_replies, superuser):
    replies = await open_replies()
    await replies.put(ONE, b"old", REPLY, about(age_s=61))
    await replies.put(ONE, b"new", REPLY, about())
    assert await replies.find(ONE, b"old", 3600) is None
    await replies.vault.purge()
    assert await superuser.fetchval("SELECT count(*) FROM vault.reply") == 1


async def test_it_does_not_outlive_its_pseudonyms(open_replies, superuser):
    replies = await open_replies(ttl_s=80)
    await replies.put(ONE, b"asked", REPLY, about(lifetime_s=replies.longest_s))
    assert (await superuser.fetchval("SELECT expires_at - stored_at FROM vault.reply")).total_seconds() == 60


async def test_a_tenant_has_as_much_as_it_may_and_the_oldest_go_first(open_replies, superuser):
    replies = await open_replies(rows=3)
    await replies.put(MERCY, b"0", REPLY, about())
    for number in range(6):
        await replies.put(ONE, b"%d" % number, REPLY, about(age_s=9 - number))
    assert [await replies.find(ONE, b"%d" % number, 60) is not None for number in range(6)] == [False] * 3 + [True] * 3
    assert await replies.find(MERCY, b"0", 60) is not None
    small = PostgresReplies(replies.vault, 1_000, 100)
    for number in range(4):
        await small.put(ONE, b"%d" % number, b"x" * 400, about())
    assert await superuser.fetchval("SELECT sum(octet_length(sealed)) FROM vault.reply") < 1_200
    assert not await small.put(ONE, b"large", b"x" * 1_000, about())


async def test_it_goes_with_the_person_whose_pseudonyms_it_holds(open_replies):
    replies = await open_replies()
    vault = replies.vault
    await vault.put(ONE, {"Kilo": "Ada"}, ADA)
    await vault.put(ONE, {"Mike": "Bob"}, BOB)
    await vault.put(OTHER, {"Kilo": "Ada"}, BOB)
    await replies.put(ONE, b"about both, of nobody's exchange", REPLY, about("Kilo", "Mike"))
    await replies.put(ONE, b"about Bob", REPLY, about("Mike", subject=BOB))
    await replies.put(ONE, b"of Ada's exchange", REPLY, about(subject=ADA))
    await replies.put(OTHER, b"the same name elsewhere", REPLY, about("Kilo"))
    await vault.erase_subject("acme", ADA)
    asked = [(ONE, b"about both, of nobody's exchange"), (ONE, b"about Bob"), (ONE, b"of Ada's exchange"), (OTHER, b"the same name elsewhere")]  # fmt: skip
    assert [await replies.find(*one, 60) is not None for one in asked] == [False, True, False, True]


async def test_it_goes_with_its_domain_activity_and_tenant(open_replies):
    replies = await open_replies()
    for erase, left in (
        (lambda: replies.vault.erase(ONE), [False, True, True]),
        (lambda: replies.vault.erase_tenant("acme", "sales"), [True, False, True]),
        (lambda: replies.vault.erase_tenant("acme"), [False, False, True]),
    ):
        for domain in (ONE, OTHER, MERCY):
            await replies.put(domain, b"asked", REPLY, about())
        await erase()
        assert [await replies.find(domain, b"asked", 60) is not None for domain in (ONE, OTHER, MERCY)] == left


async def test_what_was_erased_while_the_target_answered_is_not_kept(open_replies):
    replies = await open_replies()
    await replies.vault.put(ONE, {"Kilo": "Ada"}, ADA)
    await replies.vault.erase_subject("acme", ADA)
    assert not await replies.put(ONE, b"asked", REPLY, about("Kilo"))


async def test_an_erasure_waits_for_a_reply_that_is_being_kept(open_replies, superuser):
    replies = await open_replies()
    await replies.vault.put(ONE, {"Kilo": "Ada"}, ADA)
    async with superuser.transaction():
        await superuser.execute("LOCK TABLE vault.reply IN SHARE MODE")  # holds the insertion up
        keeping = asyncio.create_task(replies.put(ONE, b"asked", REPLY, about("Kilo")))
        while not await superuser.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'vault.reply'::regclass"):  # fmt: skip
            await asyncio.sleep(0.01)
        erasing = asyncio.create_task(replies.vault.erase_subject("acme", ADA))
        while not await superuser.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"):
            await asyncio.sleep(0.01)
    assert await keeping
    assert await erasing == 1
    assert await replies.find(ONE, b"asked", 60) is None


async def test_no_reply_waits_for_an_erasure_of_its_tenant(open_replies, superuser):
    replies = await open_replies()
    async with superuser.transaction():
        await superuser.execute(SQL["erasing_turn"], [Sealers(replies.vault.keyring).tenant("acme")])
        assert [await replies.put(ONE, b"%d" % number, REPLY, about()) for number in range(8)] == [False] * 8
        assert await replies.put(MERCY, b"asked", REPLY, about())
    assert await replies.put(ONE, b"asked", REPLY, about())


async def test_a_tampered_or_moved_row_answers_nothing(open_replies, superuser):
    replies = await open_replies()
    await replies.put(ONE, b"asked", REPLY, about())
    await replies.put(ONE, b"other", b"another reply", about())
    rows = await superuser.fetch("SELECT name, sealed FROM vault.reply ORDER BY stored_at")
    await superuser.execute("UPDATE vault.reply SET sealed = $2 WHERE name = $1", rows[0]["name"], rows[1]["sealed"])
    assert await replies.find(ONE, b"asked", 60) is None


async def test_another_master_key_leaves_none_behind(open_replies, superuser):
    old, new = Keyring(b"o" * 32), Keyring(b"n" * 32)
    before = await open_replies(keys=old)
    await before.put(ONE, b"asked", REPLY, about())
    after = await open_replies(keys=Keyring(new.master, read_only=(old,)))
    await upkeep.reseal(after.vault)
    assert await superuser.fetchval("SELECT count(*) FROM vault.reply") == 0


async def test_no_file_of_the_database_holds_a_word_of_it(open_replies, superuser):
    replies = await open_replies()
    await replies.vault.put(ONE, {"Kilo-Zebulon": "Ada"}, ADA)
    await replies.put(ONE, b"Kilo-Zebulon-canary-leak, please", REPLY * 1_000, about("Kilo-Zebulon", subject=ADA))
    await superuser.execute("CHECKPOINT")
    folder = Path(await superuser.fetchval("SHOW data_directory"))

    def holding(text):
        return [path for path in folder.rglob("*") if path.is_file() and text in path.read_bytes()]

    [name] = [row["name"] for row in await superuser.fetch("SELECT name FROM vault.reply")]
    sealed = await superuser.fetchval("SELECT sealed FROM vault.reply")
    assert holding(name)  # the search finds what is there
    assert not holding(b"Kilo-Zebulon")
    await replies.vault.erase_subject("acme", ADA)
    await superuser.execute("VACUUM (FULL) vault.reply")
    await superuser.execute("CHECKPOINT")
    assert not [path for path in holding(sealed[:64]) if "pg_wal" not in path.parts]
