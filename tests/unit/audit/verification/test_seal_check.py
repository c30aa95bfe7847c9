from __future__ import annotations

import pytest

from proxy.audit.records.record import Columns, genesis, make
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.seal import BatchSealer
from proxy.audit.sealing.succession import Succession
from proxy.audit.verification.seal_check import SealCheck
from proxy.audit.writing.session import _COLUMNS, batched, chained
from testing.evidence import stored_record

SIGNING = AuditSigningKey.generate()


def chain(sealer: BatchSealer, *sizes: int, now: float = 1.0) -> list[tuple]:
    """Return (row, seal or None) of batches of these sizes."""
    head, found, number = genesis("w"), [], 0
    for size in sizes:
        records = []
        for _ in range(size):
            facts = sealer.certificate("w", now).facts() if not number else {"n": number}
            action = "e" if number else "writer_started"
            records.append(make(Columns(at=number, kind="event", action=action), facts))
            number += 1
        rows, head = chained("w", head, records)
        seal = sealer.seal(batched(rows))
        found += [[row, None] for row in rows]
        found[-1][1] = seal
    return [(dict(zip(_COLUMNS, row, strict=True)), seal) for row, seal in found]


def found(pairs: list[tuple], signing: AuditSigningKey = SIGNING) -> list[tuple[str, int]]:
    check = SealCheck("w", Succession.of(signing.verifier))
    for row, seal in pairs:
        check.feed(stored_record(row)._replace(seal=seal))
    return [(damage.what, damage.seq) for damage in check.end()]


@pytest.fixture
def pairs():
    return chain(BatchSealer(SIGNING, "host"), 1, 3, 1, 4)


def test_chain_under_seals_is_sound(pairs):
    assert found(pairs) == []


def test_chain_of_another_key_is_uncertified(pairs):
    assert found(pairs, AuditSigningKey.generate()) == [("uncertified", 1)]


def test_chain_without_certificate_is_uncertified(pairs):
    assert found(pairs[1:]) == [("uncertified", 1)]


def test_records_without_a_seal_are_named(pairs):
    assert found(pairs[:-1]) == [("seal", 6)]


def test_removed_seal_is_named(pairs):
    row, _ = pairs[3]
    assert found([*pairs[:3], (row, None), *pairs[4:]]) == [("seal", 5)]


def test_record_that_is_not_the_sealed_one_is_named(pairs):
    row, seal = pairs[2]
    assert found([*pairs[:2], (row | {"hash": bytes(32)}, seal), *pairs[3:]]) == [("seal", 2)]


def test_moved_time_is_named(pairs):
    row, seal = pairs[1]
    later = row["recorded_at"].replace(year=2001)
    assert found([pairs[0], (row | {"recorded_at": later}, seal), *pairs[2:]]) == [("seal", 2)]


def test_seal_of_another_batch_or_writer_is_named(pairs):
    (row, _), (_, other) = pairs[3], pairs[4]
    assert found([*pairs[:3], (row, other), *pairs[4:]]) == [("seal", 4)]
    foreign = chain(BatchSealer(SIGNING), 1, 3)[-1][1]
    assert found([*pairs[:3], (row, foreign), *pairs[4:]]) == [("seal", 4)]


def test_what_is_sealed_after_the_certificate_ended_is_named():
    assert found(chain(BatchSealer(SIGNING), 1, 2, now=-400 * 86_400)) == [("seal", 3)]
