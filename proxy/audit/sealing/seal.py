"""Seals: a writer signs each batch of its records, so that nobody else can add, change or replace any. Pure.

The leaf of a seal in the log is ``SHA-256(0x00 || text || signature in hex || 0x0a)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from proxy.audit.records.record import microseconds
from proxy.audit.sealing import tree
from proxy.audit.sealing.certificate import LIFE_S, Certificate, issue
from proxy.audit.sealing.keys import AuditSigningKey, is_signed

_KIND = "compliance-proxy/audit-seal/v1"
#: Of so many seals it is remembered whether a key made them: each reading meets those that no part holds yet.
_LATEST = 8_192


class Batch(NamedTuple):
    """What a seal covers. Times are in microseconds since 1970; ``root`` is over the hashes of the records."""

    writer: str
    first_seq: int
    last_seq: int
    first_at: int
    last_at: int
    head: bytes
    root: bytes

    def covers(self, writer: str, seq: int) -> bool:
        """Whether it covers a record."""
        return self.writer == writer and self.first_seq <= seq <= self.last_seq

    def text(self, origin: str) -> str:
        """Return what is signed."""
        places = f"{self.writer} {self.first_seq} {self.last_seq}\n{self.first_at} {self.last_at}"
        return f"{_KIND}\n{origin}\n{places}\n{self.head.hex()} {self.root.hex()}\n"


class BatchSeal(NamedTuple):
    """A batch and its writer's signature."""

    batch: Batch
    signature: bytes

    def entry(self, origin: str) -> bytes:
        """Return its entry in the log of seals, of which its leaf is the hash."""
        return f"{self.batch.text(origin)}{self.signature.hex()}\n".encode()

    def leaf(self, origin: str) -> bytes:
        """Return its leaf hash in the log of seals."""
        return tree.leaf(self.entry(origin))

    def is_by(self, key: Ed25519PublicKey, origin: str) -> bool:
        """Whether the writer with this key made it."""
        return _is_by(key.public_bytes_raw(), self.signature, self.batch.text(origin))


@lru_cache(_LATEST)
def _is_by(key: bytes, signature: bytes, text: str) -> bool:
    return is_signed(Ed25519PublicKey.from_public_bytes(key), signature, text)


def batch(writer: str, first_seq: int, times: Sequence[int], hashes: Sequence[bytes]) -> Batch:
    """Return the batch of records with these times and hashes, in order; never none."""
    last_seq = first_seq + len(hashes) - 1
    return Batch(writer, first_seq, last_seq, times[0], times[-1], hashes[-1], tree.root(hashes))


class BatchSealer:
    """The key of one process, made at its start and never stored, and the right to have it certified."""

    def __init__(self, signing: AuditSigningKey, host: str = "") -> None:
        self.signing = signing
        self._host = host
        self._key = Ed25519PrivateKey.generate()

    def certificate(self, writer: str, now: float) -> Certificate:
        """Return a certificate for a chain of this process that opens now."""
        return issue(self.signing, writer, self._key.public_key(), self._host, int(now) + LIFE_S)

    def seal(self, what: Batch) -> BatchSeal:
        """Sign a batch."""
        return BatchSeal(what, self._key.sign(what.text(self.signing.origin).encode()))


def unknown() -> BatchSealer:
    """Return a sealer whose signing key nobody trusts: what it seals shows as uncertified."""
    return BatchSealer(AuditSigningKey.generate())


def read(row: Any) -> BatchSeal:
    """Return the seal in a row of ``audit.seal``."""
    times = microseconds(row["first_at"]), microseconds(row["last_at"])
    batch = Batch(row["writer"], row["first_seq"], row["last_seq"], *times, row["head"], row["root"])
    return BatchSeal(batch, row["signature"])
