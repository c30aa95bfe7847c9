"""A log with a witness of ours elsewhere: what it cosigned is stored, proven, and no other log is cosigned."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proxy.audit.access.proving import prove
from proxy.audit.sealing import notes, seal
from proxy.audit.sealing.cosignature import Cosigner
from proxy.audit.sealing.notes import Note
from proxy.audit.sealing.tree import Growing
from proxy.audit.upkeep.anchors.witness import WitnessAnchor, confirmed
from proxy.audit.upkeep.checkpointer import AgeLimit, Checkpointer, LogInconsistentError
from proxy.audit.upkeep.witness_server import WitnessServer
from proxy.audit.verification.verify import verify
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import AuditUnavailableError
from proxy.runtime import database
from testing import evidence

OWN = evidence.SIGNING
COSIGNER = Cosigner("witness.example", Ed25519PrivateKey.generate())


@pytest.fixture
async def server(tmp_path):
    made = TestServer(WitnessServer(tmp_path, [OWN.verifier], COSIGNER, evidence.FixedClock()).application())
    await made.start_server()
    yield made
    await made.close()


def anchor(server, kind=WitnessAnchor) -> WitnessAnchor:
    return kind(str(server.make_url("")).rstrip("/"), COSIGNER.key)


class Unshown(WitnessAnchor):
    """A witness that does not show what it cosigned."""

    async def newest(self, _origin: str, /) -> str:
        return ""


async def test_every_note_is_cosigned_and_the_words_are_kept(fresh_dsn, log, serve, server):
    first = Checkpointer(fresh_dsn, OWN, (anchor(server),))
    for number in range(3):
        await serve(log, f"x{number}")
        await first.once()
    await serve(log, "x3")
    await log.event_durable("flush", {})
    second = Checkpointer(fresh_dsn, OWN, (anchor(server),))  # a process that does not know what the witness has seen
    newest = await second.once()
    assert (first.unanchored, second.unanchored) == ("", "")
    connection = await database.connect(fresh_dsn, database.READER)
    try:
        words = await connection.fetch(STATEMENTS["words"], None)
        lines = [confirmed(row["note"], row["word"], [COSIGNER.key]) for row in words]
        assert [notes.anchored(line, OWN.verifier) for line in lines][-1] == newest
        report = await verify(connection, OWN.verifier, lines)
        assert (report.state, report.damages, report.tail) == ("witnessed", [], 0)
        proof = await prove(connection, "x3", OWN.verifier)
        assert COSIGNER.key.seen_at(proof.note) == int(evidence.NOW)
    finally:
        await connection.close()


async def test_a_split_view_is_not_cosigned_and_is_told(fresh_dsn, log, server):
    """Whoever has the database and the signing key rewrites the log; the witness has seen the real one."""
    own = Checkpointer(fresh_dsn, OWN, (anchor(server),))
    await log.event_durable("real", {})
    real = await own.once()
    owner = await asyncpg.connect(fresh_dsn)
    try:
        await owner.execute("SET session_replication_role = replica; DELETE FROM audit.witness; DELETE FROM audit.note")
        await owner.execute("UPDATE audit.seal SET last_at = last_at + interval '1 day'")
        grown = Growing()
        for row in await owner.fetch(STATEMENTS["listed_seals"], 0, real.size):
            grown.append(seal.read(row).leaf(OWN.origin))
        forged = notes.sign(Note(grown.size, grown.root), OWN)
        await owner.execute(STATEMENTS["add_note"], grown.size, grown.packed, forged)
    finally:
        await owner.close()
    with pytest.raises(LogInconsistentError, match="is not the one that was signed before"):
        await Checkpointer(fresh_dsn, OWN, (anchor(server),)).once()
    thief = Checkpointer(fresh_dsn, OWN, (anchor(server, Unshown),))
    assert (await thief.once()).root != real.root
    assert f"the witness has seen {real.size} seals" in thief.unanchored


async def test_what_was_cosigned_last_is_shown_and_a_log_that_lost_it_is_noticed(fresh_dsn, log, server, superuser):
    """The database's owner removes the newest cosignatures, notes and records together: nothing inside shows that."""
    witness, grown = anchor(server), []
    assert await witness.newest(OWN.origin) == ""
    for number in range(3):
        await log.event_durable("e", {"n": number})
        grown.append(await Checkpointer(fresh_dsn, OWN, (anchor(server),)).once())
    [line] = await witness.every(OWN.origin)
    assert notes.anchored(line, OWN.verifier) == grown[-1]
    await superuser.execute(
        f"SET session_replication_role = replica; DELETE FROM audit.note WHERE size > {grown[0].size};"
        f"DELETE FROM audit.witness WHERE size > {grown[0].size}; DELETE FROM audit.leaf WHERE leaf >= {grown[0].size};"
        "DELETE FROM audit.seal WHERE (writer, last_seq) NOT IN (SELECT writer, last_seq FROM audit.leaf);"
        "DELETE FROM audit.record r WHERE seq > (SELECT max(last_seq) FROM audit.seal s WHERE s.writer = r.writer)"
    )
    words = await superuser.fetch(STATEMENTS["words"], None)
    inside = [confirmed(row["note"], row["word"], [COSIGNER.key]) for row in words]
    assert (await verify(superuser, OWN.verifier, inside)).state == "witnessed"
    report = await verify(superuser, OWN.verifier, [*inside, *await witness.every(OWN.origin)])
    assert f"and {grown[-1].size} were signed: its newest records are gone" in report.damages[0].detail
    with pytest.raises(LogInconsistentError, match="were signed before"):
        await Checkpointer(fresh_dsn, OWN, (anchor(server),)).once()


async def test_a_log_that_the_witness_does_not_know_is_not_shown(server):
    async with ClientSession() as session:
        for path in ("/" + "0" * 64 + "/checkpoint", "/checkpoint", "/../x/checkpoint"):
            async with session.get(server.make_url(path)) as reply:
                assert reply.status == 404


async def test_a_log_that_lost_a_seal_has_no_proof_of_growth_and_the_process_goes_on(fresh_dsn, log, server):
    await log.event_durable("one", {})
    await Checkpointer(fresh_dsn, OWN, (anchor(server),)).once()
    await log.event_durable("two", {})
    await Checkpointer(fresh_dsn, OWN).once()
    owner = await asyncpg.connect(fresh_dsn)
    await owner.execute("SET session_replication_role = replica; DELETE FROM audit.seal WHERE last_seq = 3")
    await owner.close()
    made = Checkpointer(fresh_dsn, OWN, (anchor(server, Unshown),))
    await made.once()
    assert "was removed" in made.unanchored
    with pytest.raises(LogInconsistentError, match="was removed"):
        await Checkpointer(fresh_dsn, OWN, (anchor(server),)).once()


async def test_a_witness_that_is_away_suspends_traffic_where_that_is_set_and_it_resumes(fresh_dsn, log, serve, server):
    made = Checkpointer.of(log, (anchor(server),), 0.05, AgeLimit(0.3, refuses=True))
    made.anchors[0].address = "http://127.0.0.1:1"
    made.start()
    try:
        async with asyncio.timeout(20):
            while not log.suspended:
                await asyncio.sleep(0.05)
        assert made.late == "witness witness.example"
        assert made.ages["witness witness.example"] > 0.3
        with pytest.raises(AuditUnavailableError, match="for too long"):
            await serve(log, "x1")
        made.anchors[0].address = anchor(server).address
        async with asyncio.timeout(20):
            while log.suspended:
                await asyncio.sleep(0.05)
        await serve(log, "x2")
    finally:
        await made.close()
