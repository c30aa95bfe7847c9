"""Checkpoints of the releases before the log of seals: read and checked, no longer made.

A note is a C2SP signed note: origin, number of records, base64 of the RFC 6962 root over all chain heads, then one
line each for the epoch, the hash of the note before it, and every chain that has moved since; an empty line; one
Ed25519 signature line, by a key derived from the master key. The leaf of a chain is
``SHA-256(0x00 || "<writer> <seq> <hash in hex>")``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from proxy.audit.records.chain import Head
from proxy.audit.sealing import tree
from proxy.audit.sealing.keys import ORIGIN, AuditSigningKey, VerifierKey
from proxy.core.keyring import Keyring
from proxy.keys import kept_keys

_DASH = "\u2014"
_HEAD_LINES = 5


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a note says. ``moved`` holds the heads of the chains that moved since the note before it."""

    epoch: int
    records: int
    root: bytes
    previous: bytes
    moved: Mapping[str, Head] = field(default_factory=dict)


@dataclass(slots=True)
class Promises:
    """What all checkpoints together say: the latest head of each chain, and every head ever stated."""

    heads: dict[str, Head] = field(default_factory=dict)
    stated: dict[tuple[str, int], bytes] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    last_note: str = ""
    epoch: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, epoch: int, note: str, keys: Sequence[VerifierKey]) -> None:
        """Take in the next note, signed by one of these keys."""
        said = next(filter(None, (opened(note, key) for key in keys)), None)
        if said is None:
            self.problems.append(f"checkpoint {epoch} is not signed by this installation's former key")
        else:
            self.heads.update(said.moved)
            self.stated.update({(writer, head.seq): head.hash for writer, head in said.moved.items()})
            self._follows(epoch, said)
        self.epoch, self.last_note = epoch, note
        self.hashes[epoch] = note_hash(note).hex()

    def _follows(self, epoch: int, said: Checkpoint) -> None:
        if said.epoch != epoch or epoch != self.epoch + 1:
            self.problems.append(f"checkpoints between {self.epoch} and {epoch} are missing")
        if said.previous != note_hash(self.last_note):
            self.problems.append(f"checkpoint {epoch} does not follow from the one before it")
        if said.root != heads_root(self.heads):
            self.problems.append(f"the root of checkpoint {epoch} is not that of its chains")

    def compare(self, line: str) -> None:
        """Compare with a line of an anchor: "<epoch> <SHA-256 of the note in hex>"."""
        epoch, _, digest = line.partition(" ")
        if not epoch.isdigit() or self.hashes.get(int(epoch)) != digest.strip():
            self.problems.append(f"checkpoint {epoch[:20]} is not the one that was anchored")

    def broken_by(
        self, heads: Mapping[str, Head], hashes: Mapping[tuple[str, int], bytes]
    ) -> list[tuple[str, int, str]]:
        """Return (writer, seq, what) for each promise that the log does not keep."""
        found = []
        for (writer, seq), promised in self.stated.items():
            held = heads.get(writer)
            if held is None:
                found.append((writer, 0, "the whole chain was removed"))
            elif held.seq < seq:
                found.append((writer, held.seq + 1, f"records up to {seq} were removed"))
            elif hashes.get((writer, seq)) != promised:
                found.append((writer, seq, "the record is not the one that was signed"))
        return sorted(set(found))


def signing_key(keyring: Keyring) -> AuditSigningKey:
    """Return the key that signed them."""
    return AuditSigningKey(ORIGIN, Ed25519PrivateKey.from_private_bytes(keyring.derive("audit-checkpoint")))


def verifiers(keyring: Keyring, kept: Mapping[kept_keys.KeyScope, bytes]) -> tuple[VerifierKey, ...]:
    """Return the keys that may have signed them: of the master key in use, those for reading, those retired."""
    retired = (key for place, key in kept.items() if place.purpose == kept_keys.CHECKPOINT)
    given = (signing_key(one).verifier for one in keyring.every)
    return (*given, *(VerifierKey(ORIGIN, Ed25519PublicKey.from_public_bytes(key)) for key in retired))


def is_line(line: str) -> bool:
    """Whether a line of an anchor is about one of these notes."""
    return len(line.split()) == len(("epoch", "digest"))


def note_hash(note: str) -> bytes:
    """Return what the next note and the anchor say about this one; 32 zero bytes stand for no note."""
    return hashlib.sha256(note.encode()).digest() if note else bytes(32)


def heads_root(heads: Mapping[str, Head]) -> bytes:
    """Return the root over all chains, in order of their names."""
    lines = (f"{writer} {head.seq} {head.hash.hex()}" for writer, head in sorted(heads.items()))
    return tree.root([tree.leaf(line.encode()) for line in lines])


def opened(note: str, key: VerifierKey) -> Checkpoint | None:
    """Return what a note says, or None when it is malformed or not signed by this key."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    prefix = f"{_DASH} {key.origin} "
    if not any(key.signed(line.removeprefix(prefix), text) for line in signatures.splitlines()):
        return None
    try:
        return _read(text.splitlines())
    except (ValueError, binascii.Error):
        return None


def _read(lines: Sequence[str]) -> Checkpoint:
    _, records, top, epoch, previous = lines[:_HEAD_LINES]
    moved = {}
    for line in lines[_HEAD_LINES:]:
        _, writer, seq, digest = line.split(" ")
        moved[writer] = Head(int(seq), bytes.fromhex(digest))
    return Checkpoint(
        int(epoch.removeprefix("epoch ")), int(records), base64.b64decode(top, validate=True),
        base64.b64decode(previous.removeprefix("previous "), validate=True), moved,
    )  # fmt: skip
