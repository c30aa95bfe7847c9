"""Verifying what came after a trusted note: what is new is verified as the whole log is, what is old is not read."""

from __future__ import annotations

import pytest

from bench.tamper import forging
from proxy.audit.sealing import notes
from proxy.audit.sealing.notes import Note
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.verification.since import verify_since
from proxy.audit.verification.verify import verify
from testing import evidence

FREE = "SET session_replication_role = replica"  # a superuser switches every trigger off
KEY = evidence.SIGNING.verifier
NEW = "seq > 20"  # of the chain that goes on


@pytest.fixture
async def trusted(fresh_dsn, open_log, serve, superuser) -> str:
    """A log with a note in the middle of one chain, another chain before it and another after; returns that note."""
    goes_on, over = await open_log(fresh_dsn), await open_log(fresh_dsn)
    for number in range(8):
        await serve(goes_on if number % 2 else over, f"old{number}")
    await over.close()
    await goes_on.event_durable("flush", {})
    await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    note = await superuser.fetchval("SELECT note FROM audit.note")
    later = await open_log(fresh_dsn)
    for number in range(6):
        await serve(goes_on if number % 2 else later, f"new{number}")
    for log in (goes_on, later):
        await log.event_durable("flush", {})
    await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    await serve(later, "tail")
    await later.event_durable("flush", {})
    return note


async def test_only_what_is_new_is_read(trusted, reader, superuser):
    whole, since = await verify(reader, KEY), await verify_since(reader, KEY, trusted)
    assert since.damages == whole.damages == []
    assert (since.state, since.writers, whole.writers) == ("witnessed", 2, 3)
    size = int(trusted.splitlines()[1])
    sealed = "SELECT sum(last_seq - first_seq + 1)::bigint FROM audit.leaf JOIN audit.seal USING (writer, last_seq) WHERE leaf < $1"
    under = await superuser.fetchval(sealed, size)
    assert (whole.records - since.records, since.trusted) == (under, size)
    assert under >= 8 * 3 + 2 + 1 + 1  # exchanges, opening records, the end of a chain, the flush
    assert (since.note, since.seals, since.tail) == (whole.note, whole.seals, since.tail)
    assert since.tail > 0
    assert (since.open, since.keys[0].notes) == (0, 3)  # the trusted note, as a note and as a word outside; the newest


async def test_the_newest_note_is_a_new_beginning(trusted, reader):
    newest = (await verify_since(reader, KEY, trusted)).note
    found = await verify_since(reader, KEY, newest)
    assert (found.damages, found.records, found.writers) == ([], 4, 1)


async def test_what_is_old_is_not_read(trusted, reader, superuser):
    await superuser.execute(f"{FREE}; UPDATE audit.record SET tenant = 'x' WHERE exchange = 'old3'")
    assert (await verify_since(reader, KEY, trusted)).damages == []
    assert "column" in {one.what for one in (await verify(reader, KEY)).damages}


_GOES_ON = "(SELECT writer FROM audit.record WHERE exchange = 'new1' LIMIT 1)"
_LATER = "(SELECT writer FROM audit.record WHERE exchange = 'new2' LIMIT 1)"
_OVER = "(SELECT writer FROM audit.record WHERE exchange = 'old2' LIMIT 1)"
TAMPERED = {
    "a column": ("UPDATE audit.record SET tenant = 'x' WHERE exchange = 'new3'", {"column"}),
    "a body": ("UPDATE audit.record SET packed = (SELECT packed FROM audit.record WHERE exchange = 'new2' AND kind = 'decision') WHERE exchange = 'new3' AND kind = 'decision'", {"body"}),
    "a record": ("DELETE FROM audit.record WHERE exchange = 'new3' AND kind = 'attempt'", {"missing"}),
    "the first new record": (f"DELETE FROM audit.record r WHERE writer = {_GOES_ON} AND seq = (SELECT min(seq) FROM audit.record n WHERE n.writer = r.writer AND n.exchange LIKE 'new%')", {"missing"}),
    "an outcome": ("DELETE FROM audit.record WHERE exchange = 'new3' AND kind = 'outcome'", {"missing"}),
    "a chain's new records": (f"DELETE FROM audit.record WHERE writer = {_GOES_ON} AND exchange LIKE 'new%'", {"missing"}),
    "a new chain": (f"DELETE FROM audit.record WHERE writer = {_LATER}", {"seal"}),
    "a new chain and its seals": (f"CREATE TABLE public.w AS SELECT {_LATER} AS w; DELETE FROM audit.record WHERE writer IN (SELECT w FROM public.w); DELETE FROM audit.seal WHERE writer IN (SELECT w FROM public.w)", {"checkpoint"}),
    "a seal of the new ones": ("DELETE FROM audit.seal s USING audit.leaf l WHERE l.writer = s.writer AND l.last_seq = s.last_seq AND l.leaf = (SELECT max(leaf) FROM audit.leaf)", {"checkpoint", "seal"}),
    "a leaf of the new ones": ("DELETE FROM audit.leaf WHERE leaf = (SELECT max(leaf) - 1 FROM audit.leaf)", {"checkpoint"}),
    "the newest note": ("DELETE FROM audit.note WHERE size = (SELECT max(size) FROM audit.note)", {"checkpoint"}),
    "the trusted note": ("DELETE FROM audit.note WHERE size = (SELECT min(size) FROM audit.note)", {"checkpoint"}),
    "the log, to before the trusted note": ("DELETE FROM audit.leaf WHERE leaf > 2; DELETE FROM audit.note", {"checkpoint"}),
    "a seal under the trusted note": ("UPDATE audit.seal s SET last_at = last_at + interval '1 hour' FROM audit.leaf l WHERE l.writer = s.writer AND l.last_seq = s.last_seq AND l.leaf = 1", {"checkpoint"}),
    "a trigger": ("ALTER TABLE audit.record DISABLE TRIGGER record_append_only", {"protection"}),
    "an outcome twice": ("DROP INDEX audit.record_once; UPDATE audit.record SET kind = 'outcome' WHERE exchange = 'new3' AND kind = 'decision'", {"column", "decision", "protection"}),
}  # fmt: skip


@pytest.mark.parametrize("tampered", TAMPERED)
async def test_what_is_new_is_verified(trusted, reader, superuser, tampered):
    statement, classes = TAMPERED[tampered]
    await superuser.execute(f"{FREE}; {statement}")
    found = await verify_since(reader, KEY, trusted)
    assert classes <= {one.what for one in found.damages}, found.damages
    whole = await verify(reader, KEY, [notes.anchor_line(trusted)])
    assert whole.state == ("unprotected" if classes == {"protection"} else "damaged")


async def test_records_that_are_added_are_found_whatever_time_they_say(trusted, reader, superuser):
    """In a chain of their own, at the end of one that is over, and under another key's certificate."""
    over = await superuser.fetchval(f"SELECT {_OVER}")
    first, sealer = forging.opening("proxy-c", type(evidence.SIGNING).generate(evidence.SIGNING.origin))
    await superuser.execute(FREE)
    await forging.put(superuser, "proxy-c", [first, *forging.exchange("never")], sealer)
    await forging.put(superuser, over, forging.exchange("neither"))
    await superuser.execute(
        "UPDATE audit.record SET recorded_at = recorded_at - interval '1 year' WHERE exchange IN ('never', 'neither')"
    )
    found = await verify_since(reader, KEY, trusted)
    assert {("proxy-c", "uncertified"), (over, "seal")} <= {(one.writer, one.what) for one in found.damages}


@pytest.mark.parametrize("other", ["root", "key", "size"])
async def test_another_note_is_not_continued(trusted, reader, other):
    size = int(trusted.splitlines()[1])
    root = notes.opened(trusted, KEY).root
    signing = type(evidence.SIGNING).generate(KEY.origin) if other == "key" else evidence.SIGNING
    said = Note(size + 1000 * (other == "size"), b"x" * 32 if other == "root" else root)
    found = await verify_since(reader, KEY, notes.sign(said, signing))
    assert [one.what for one in found.damages] == ["checkpoint"]
    assert (found.records, found.note) == (0, "")
