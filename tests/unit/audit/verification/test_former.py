from __future__ import annotations

import pytest

from proxy.audit.records.chain import Head
from proxy.audit.verification import former
from proxy.audit.verification.former import Checkpoint, Promises
from proxy.core.keyring import Keyring
from testing import evidence
from tests.former_notes import sign

KEY = former.signing_key(evidence.KEYRING)
HEADS = {"a": Head(5, b"h" * 32), "b": Head(7, b"i" * 32)}
CHECKPOINT = Checkpoint(1, 12, former.heads_root(HEADS), bytes(32), HEADS)
NOTE = sign(CHECKPOINT, KEY)


def promises(*notes: str) -> Promises:
    made = Promises()
    for epoch, note in enumerate(notes, 1):
        made.add(epoch, note, (former.signing_key(Keyring(b"z" * 32)).verifier, KEY.verifier))
    return made


def test_signed_note_opens_with_its_key_only():
    assert former.opened(NOTE, KEY.verifier) == CHECKPOINT
    assert former.opened(NOTE, former.signing_key(Keyring(b"z" * 32)).verifier) is None


@pytest.mark.parametrize(("old", "new"), [("\n12\n", "\n13\n"), ("epoch 1", "epoch 4"), ("chain a 5", "chain a 6")])
def test_altered_note_does_not_open(old, new):
    assert former.opened(NOTE.replace(old, new), KEY.verifier) is None


def test_row_of_notes_keeps_its_promises():
    moved = {"a": Head(6, b"j" * 32)}
    second = Checkpoint(2, 13, former.heads_root(HEADS | moved), former.note_hash(NOTE), moved)
    said = promises(NOTE, sign(second, KEY))
    assert said.problems == []
    held = {("a", 5): b"h" * 32, ("a", 6): b"j" * 32, ("b", 7): b"i" * 32}
    assert said.broken_by(HEADS | moved, held) == []
    assert said.broken_by(HEADS, held) == [("a", 6, "records up to 6 were removed")]
    assert said.broken_by({"a": moved["a"]}, held) == [("b", 0, "the whole chain was removed")]


def test_note_that_does_not_follow_is_a_problem():
    assert promises(NOTE, NOTE).problems
    assert promises(NOTE.replace("chain a 5", "chain a 6")).problems


def test_line_of_an_anchor_is_compared():
    said = promises(NOTE)
    said.compare(f"1 {former.note_hash(NOTE).hex()}")
    assert said.problems == []
    said.compare(f"2 {former.note_hash(NOTE).hex()}")
    assert len(said.problems) == 1
