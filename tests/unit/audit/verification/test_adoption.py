from __future__ import annotations

from datetime import UTC, datetime

from proxy.audit.records.chain import Head
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification import adoption
from proxy.audit.verification.adoption import Adopted

AT = datetime(2026, 1, 1, tzinfo=UTC)
HEADS = {f"w{number:04}": Head(number + 1, bytes(32)) for number in range(1_100)}


def test_chains_are_adopted_in_events_of_bounded_size():
    key = AuditSigningKey.generate().verifier
    told = list(adoption.facts(HEADS, "anna", "upgrade", (key,)))
    assert len(told) == 3
    made = Adopted()
    for seq, facts in enumerate(told, 2):
        made.add(("cli", seq), AT, facts)
    covered = {("cli", seq): True for seq in range(2, 5)}
    assert made.counted(covered) == HEADS
    assert [str(one) for one in made.former] == [str(key)]
    assert [one.chains for one in made.adoptions(covered)] == [500, 500, 100]
    assert {one.by for one in made.adoptions(covered)} == {"anna"}


def test_an_event_that_is_under_no_seal_adopts_nothing():
    made = Adopted()
    made.add(("forged", 2), AT, next(adoption.facts(HEADS, "x", "y", ())))
    assert made.counted({("forged", 2): False}) == {}
    assert made.adoptions({}) == []


def test_the_first_adoption_of_a_chain_counts():
    made = Adopted()
    made.add(("a", 2), AT, {"by": "x", "reason": "", "former_keys": [], "chains": [["w", 3, "00" * 32]]})
    made.add(("b", 2), AT, {"by": "x", "reason": "", "former_keys": [], "chains": [["w", 9, "11" * 32]]})
    assert made.counted({("a", 2): True, ("b", 2): True}) == {"w": Head(3, bytes(32))}
