"""Proofs from a real database: any exchange under a note can be proven, nothing that was altered can."""

from __future__ import annotations

import asyncpg
import orjson
import pytest

from proxy.audit.access.proving import prove
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep import key_changes
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.verification import proof, proof_check
from proxy.audit.verification.proof import ProofError
from testing import evidence

OWN, NEW = evidence.SIGNING, AuditSigningKey.generate()
FREE = "SET session_replication_role = replica"


@pytest.fixture
async def served(fresh_dsn, log, serve):
    """Ten exchanges under several notes."""
    for number in range(10):
        await serve(log, f"x{number}")
        if number % 3 == 0:
            await Checkpointer(fresh_dsn, OWN).once()
    await log.event_durable("flush", {})
    await Checkpointer(fresh_dsn, OWN).once()
    return log


async def test_every_exchange_can_be_proven_and_checked_elsewhere(served, reader):
    for number in range(10):
        made = await prove(reader, f"x{number}", OWN.verifier)
        proven = proof_check.check(proof.read(orjson.loads(proof.written(made))), OWN.verifier)
        assert [fact.columns["kind"] for fact in proven.facts] == ["decision", "attempt", "outcome"]


async def test_the_first_note_over_an_exchange_is_taken(served, reader):
    sizes = [proof_check.check(await prove(reader, one, OWN.verifier), OWN.verifier).note.size for one in ("x0", "x9")]
    assert sizes[0] < sizes[1]


async def test_what_is_not_recorded_has_no_proof(served, reader):
    assert await prove(reader, "nothing", OWN.verifier) is None


async def test_what_is_not_under_a_note_yet_cannot_be_proven(log, serve, reader):
    await serve(log, "x0")
    with pytest.raises(ProofError, match="not all of its records are under a signed note yet"):
        await prove(reader, "x0", OWN.verifier)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE audit.record r SET packed = (SELECT o.packed FROM audit.record o WHERE o.exchange = 'x4' AND o.kind = r.kind) WHERE exchange = 'x3'",
        "UPDATE audit.record SET hash = decode(repeat('00', 32), 'hex') WHERE exchange = 'x3' AND kind = 'attempt'",
        "DELETE FROM audit.record WHERE exchange = 'x3' AND kind = 'attempt'",
        "DELETE FROM audit.seal WHERE (SELECT max(seq) FROM audit.record WHERE exchange = 'x3') BETWEEN first_seq AND last_seq",
        "UPDATE audit.seal SET root = decode(repeat('00', 32), 'hex')",
        "DELETE FROM audit.seal WHERE first_seq = 1",
    ],
)
async def test_a_damaged_log_gives_no_proof_that_holds(served, reader, fresh_dsn, damage):
    owner = await asyncpg.connect(fresh_dsn)
    await owner.execute(f"{FREE}; {damage}")
    await owner.close()
    try:
        made = await prove(reader, "x3", OWN.verifier)
    except ProofError:
        return
    kinds = [fact.columns["kind"] for fact in proof_check.check(made, OWN.verifier).facts]
    assert kinds == ["decision", "outcome"], "a record that is gone is not in the proof, and nothing else is"


async def test_a_proof_holds_over_a_change_of_keys(served, fresh_dsn, open_log, serve, reader):
    await key_changes.replaced(served, NEW, "ops")
    later = await open_log(fresh_dsn, signing=NEW)
    await serve(later, "after")
    await later.event_durable("flush", {})
    await Checkpointer(fresh_dsn, NEW).once()
    for identity in ("x0", "after"):
        for trusted in (OWN, NEW):
            made = await prove(reader, identity, trusted.verifier)
            assert str(proof_check.check(made, NEW.verifier).key) == str(NEW.verifier)
