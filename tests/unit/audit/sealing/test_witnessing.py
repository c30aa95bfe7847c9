"""A witness cosigns a log that only grows, and says what it has seen where somebody shows it another."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proxy.audit.sealing import notes, tree
from proxy.audit.sealing.cosignature import Cosigner
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.notes import Note
from proxy.audit.sealing.tree_proof import consistency_ranges
from proxy.audit.sealing.witnessing import answered, request

KEY = AuditSigningKey.generate("audit.acme.example/eu1")
WITNESS = Cosigner("witness.example/w1", Ed25519PrivateKey.generate())
LEAVES = [tree.leaf(bytes([number])) for number in range(20)]
OTHER = [tree.leaf(bytes([number + 100])) for number in range(20)]


def note(size: int, leaves=LEAVES, key=KEY) -> str:
    return notes.sign(Note(size, tree.root(leaves[:size])), key)


def growth(old: int, new: int, leaves=LEAVES) -> list[bytes]:
    return [tree.root(leaves[start:end]) for start, end in consistency_ranges(old, new)] if old else []


def ask(old: int, new: int, known: str | None, leaves=LEAVES, key=KEY):
    body = request(old, growth(old, new, leaves), note(new, leaves, key))
    return answered(body, known, [KEY.verifier], WITNESS, 1_790_000_000)


def test_the_first_note_is_cosigned_and_each_that_continues_it():
    known, old = None, 0
    for size in (3, 4, 11, 20):
        reply = ask(old, size, known)
        assert reply.status == 200
        assert WITNESS.key.seen_at(note(size) + reply.text) == 1_790_000_000
        known, old = reply.last_note, size
        assert known == note(size) + reply.text


def test_of_a_note_only_signatures_of_the_log_are_kept():
    signed = note(3)
    foreign = notes.sign(Note(3, tree.root(LEAVES[:3])), AuditSigningKey.generate(KEY.origin)).partition("\n\n")[2]
    given = f"{signed}{foreign}\u2014 somebody-else AAAA\n\u2014\nno signature\n"
    reply = answered(request(0, [], given), None, [KEY.verifier], WITNESS, 1)
    assert reply.last_note == signed + reply.text


def test_the_same_note_may_be_cosigned_again():
    assert ask(4, 4, note(4)).status == 200


@pytest.mark.parametrize(
    ("old", "new", "known", "leaves", "status"),
    [
        (0, 9, note(4), LEAVES, 409),  # whoever asks does not know what the witness saw
        (9, 12, note(4), LEAVES, 409),
        (4, 4, note(4), OTHER, 422),  # a split view of the same size
        (4, 9, note(4), OTHER, 422),  # a split view that grew
        (9, 4, note(9), LEAVES, 400),  # a log that became shorter
    ],
)
def test_what_does_not_continue_is_not_cosigned(old, new, known, leaves, status):
    body = request(old, growth(old, new, leaves) if old < new else [], note(new, leaves))
    reply = answered(body, known, [KEY.verifier], WITNESS, 1)
    assert (reply.status, reply.last_note) == (status, None)
    if status == 409:
        assert reply.text == f"{known.splitlines()[1]}\n"


def test_a_forged_proof_of_growth_is_not_believed():
    body = request(4, [b"x" * 32], note(9))
    assert answered(body, note(4), [KEY.verifier], WITNESS, 1).status == 422


def test_a_log_that_is_not_known_and_a_key_that_is_not_its_own():
    assert ask(0, 3, None, key=AuditSigningKey.generate("another/log")).status == 404
    assert ask(0, 3, None, key=AuditSigningKey.generate(KEY.origin)).status == 403


@pytest.mark.parametrize(
    "body", ["", "old x\n\nnote", "new 3\n\nnote", "old 3\n!!\n\nnote", "old 3\n" + "AAAA\n" * 64 + "\nn"]
)
def test_what_has_another_form_is_refused(body):
    assert answered(body, None, [KEY.verifier], WITNESS, 1).status == 400
