from __future__ import annotations

import hashlib

import pytest

from proxy.audit import notes
from proxy.audit.chain import Head
from proxy.core.keyring import Keyring
from tests import evidence

KEY = notes.private_key(evidence.KEYRING)
CHECKPOINT = notes.Checkpoint(3, 12, b"r" * 32, b"p" * 32, {"a": Head(5, b"h" * 32), "b": Head(7, b"i" * 32)})


def tree(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962 section 2.1, word by word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + tree(leaves[:split]) + tree(leaves[split:])).digest()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 100])
def test_root_equals_the_definition(size):
    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(size)]
    assert notes.root(leaves) == tree(leaves)


def test_root_of_nothing_is_the_hash_of_nothing():
    assert notes.root([]) == hashlib.sha256(b"").digest()


def test_signed_note_opens_with_its_key_only():
    note = notes.sign(CHECKPOINT, KEY)
    assert notes.opened(note, KEY.public_key()) == CHECKPOINT
    assert notes.opened(note, notes.private_key(Keyring(b"z" * 32)).public_key()) is None


@pytest.mark.parametrize(
    ("old", "new"), [("\n12\n", "\n13\n"), ("epoch 3", "epoch 4"), ("chain a 5", "chain a 6"), ("chain b", "chain c")]
)
def test_altered_note_does_not_open(old, new):
    note = notes.sign(CHECKPOINT, KEY)
    assert old in note
    assert notes.opened(note.replace(old, new), KEY.public_key()) is None


@pytest.mark.parametrize("note", ["", "x", "\n\n", f"{notes.ORIGIN}\n\n\u2014 {notes.ORIGIN} AAAA\n", "\u2014 x !!"])
def test_malformed_note_does_not_open(note):
    assert notes.opened(note, KEY.public_key()) is None


def test_heads_root_depends_on_every_head_and_not_on_their_order():
    heads = {"a": Head(1, b"x" * 32), "b": Head(2, b"y" * 32)}
    assert notes.heads_root(heads) == notes.heads_root(dict(reversed(heads.items())))
    assert notes.heads_root(heads) != notes.heads_root(heads | {"b": Head(3, b"y" * 32)})
