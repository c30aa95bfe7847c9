"""Checkpoints: signed notes that say how far every chain had come. Pure.

A note is a C2SP signed note: origin, number of records, base64 of the RFC 6962 root over all chain heads, then one
line each for the epoch, the hash of the note before it, and every chain that has moved since; an empty line; one
Ed25519 signature line. The leaf of a chain is ``SHA-256(0x00 || "<writer> <seq> <hash in hex>")``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from proxy import kept_keys
from proxy.audit.chain import Head
from proxy.core.keyring import Keyring

ORIGIN = "compliance-proxy/audit"
_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_HEAD_LINES = 5


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a note says. ``moved`` holds the heads of the chains that moved since the note before it."""

    epoch: int
    records: int
    root: bytes
    previous: bytes
    moved: Mapping[str, Head] = field(default_factory=dict)


def private_key(keyring: Keyring) -> Ed25519PrivateKey:
    """Return the key that signs checkpoints."""
    return Ed25519PrivateKey.from_private_bytes(keyring.derive("audit-checkpoint"))


def public_keys(keyring: Keyring, kept: Mapping[kept_keys.Place, bytes]) -> tuple[Ed25519PublicKey, ...]:
    """Return the keys that may have signed checkpoints: of the master key in use, those for reading, those retired."""
    retired = (key for place, key in kept.items() if place.purpose == kept_keys.CHECKPOINT)
    given = (private_key(one).public_key() for one in keyring.every)
    return (*given, *map(Ed25519PublicKey.from_public_bytes, retired))


def note_hash(note: str) -> bytes:
    """Return what the next note and the anchor say about this one; 32 zero bytes stand for no note."""
    return hashlib.sha256(note.encode()).digest() if note else bytes(32)


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash of leaf hashes (RFC 6962 section 2.1)."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        pairs = range(0, len(level) - 1, 2)
        above = [hashlib.sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in pairs]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]


def heads_root(heads: Mapping[str, Head]) -> bytes:
    """Return the root over all chains, in order of their names."""
    lines = (f"{writer} {head.seq} {head.hash.hex()}" for writer, head in sorted(heads.items()))
    return root([hashlib.sha256(b"\x00" + line.encode()).digest() for line in lines])


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """Return the signed note."""
    moved = [f"chain {writer} {head.seq} {head.hash.hex()}" for writer, head in sorted(checkpoint.moved.items())]
    text = "\n".join([
        ORIGIN, str(checkpoint.records), base64.b64encode(checkpoint.root).decode(), f"epoch {checkpoint.epoch}",
        f"previous {base64.b64encode(checkpoint.previous).decode()}", *moved,
    ]) + "\n"  # fmt: skip
    signature = base64.b64encode(_key_id(key.public_key()) + key.sign(text.encode())).decode()
    return f"{text}\n\u2014 {ORIGIN} {signature}\n"


def opened(note: str, *keys: Ed25519PublicKey) -> Checkpoint | None:
    """Return what a note says, or None when it is malformed or not signed by one of these keys."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    if not any(_signed(line, text, key) for line in signatures.splitlines() for key in keys):
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


def _signed(line: str, text: str, key: Ed25519PublicKey) -> bool:
    try:
        packed = base64.b64decode(line.removeprefix(f"\u2014 {ORIGIN} "), validate=True)
        if packed[:_KEY_ID_BYTES] != _key_id(key):
            return False
        key.verify(packed[_KEY_ID_BYTES:], text.encode())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return text.startswith(f"{ORIGIN}\n")


def _key_id(key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(ORIGIN.encode() + b"\n" + _ED25519 + key.public_bytes_raw()).digest()[:_KEY_ID_BYTES]
