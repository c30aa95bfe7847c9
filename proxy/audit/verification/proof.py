"""Proofs of one exchange: its records, their places in the log of seals, and a signed note. Pure.

A proof is one JSON object; hashes and signatures are base64:

    kind        "compliance-proxy/audit-proof/v1"
    origin      the installation's name in notes
    exchange    its id
    records     writer, seq, prev, body (as stored), path (to the root of its seal), in this order:
                the opening record of each chain, changes of the audit signing key, the answers that the
                exchange's records name, and its own
    seals       writer, first_seq, last_seq, first_at, last_at (microseconds), head, root, signature,
                leaf (its number in the log), path (to the root of the note)
    note        a C2SP checkpoint; cosignatures follow the installation's signature
    timestamps  authority, token (an RFC 3161 response over the note's first five lines)

What it cannot show is that the exchange has no further records, or that a key which signed has not ended since:
``audit verify`` reads the whole log for that.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from proxy.audit.records.record import link
from proxy.audit.sealing.seal import Batch, BatchSeal
from proxy.audit.sealing.tree import HASH_BYTES

KIND = "compliance-proxy/audit-proof/v1"
#: The event that a caller's receipt proves instead of the exchange's own records.
RECEIPT = "receipt_given"


class ProofError(ValueError):
    """A proof does not prove what it says; the message says why."""


class ProvenRecord(NamedTuple):
    """A record and the way to the root of its seal."""

    writer: str
    seq: int
    prev: bytes
    body: str
    path: tuple[bytes, ...]

    @property
    def hash(self) -> bytes:
        """Its hash, which is a leaf of its batch."""
        return link(self.prev, self.body.encode())


class ProvenSeal(NamedTuple):
    """A seal, its place in the log, and the way to the root of the note."""

    seal: BatchSeal
    leaf: int
    path: tuple[bytes, ...]


class Timestamp(NamedTuple):
    """What an authority says of the time at which a note existed."""

    authority: str
    token: bytes


@dataclass(frozen=True, slots=True)
class ExchangeProof:
    """Everything that it takes to check one exchange."""

    origin: str
    exchange: str
    records: tuple[ProvenRecord, ...]
    seals: tuple[ProvenSeal, ...]
    note: str
    timestamps: tuple[Timestamp, ...] = ()


def document(proof: ExchangeProof) -> dict[str, Any]:
    """Return a proof as the object that is given away."""
    return {
        "kind": KIND,
        "origin": proof.origin,
        "exchange": proof.exchange,
        "records": [record_written(record) for record in proof.records],
        "seals": [seal_written(seal) for seal in proof.seals],
        "note": proof.note,
        "timestamps": [
            {"authority": timestamp.authority, "token": _text(timestamp.token)} for timestamp in proof.timestamps
        ],
    }


def written(proof: ExchangeProof) -> bytes:
    """Return a proof as the file that is given away."""
    return orjson.dumps(document(proof), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read(document: Mapping[str, Any]) -> ExchangeProof:
    """Return the proof that a parsed file holds.

    Raises:
        ProofError: it is none.

    """
    try:
        if document["kind"] != KIND:
            raise ProofError(f"not of the kind {KIND}")
        return ExchangeProof(
            str(document["origin"]),
            str(document["exchange"]),
            tuple(record_read(record) for record in document["records"]),
            tuple(seal_read(seal) for seal in document["seals"]),
            str(document["note"]),
            tuple(
                Timestamp(str(timestamp["authority"]), _bytes(timestamp["token"]))
                for timestamp in document.get("timestamps", ())
            ),
        )
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise error if isinstance(error, ProofError) else ProofError("not of the form of a proof") from error


def record_written(record: ProvenRecord) -> dict[str, Any]:
    """Return a record as files hold it."""
    return record._asdict() | {"prev": _text(record.prev), "path": [_text(part) for part in record.path]}


def seal_written(seal: ProvenSeal) -> dict[str, Any]:
    """Return a seal as files hold it."""
    batch = seal.seal.batch
    hashes = {"head": _text(batch.head), "root": _text(batch.root), "signature": _text(seal.seal.signature)}
    return batch._asdict() | hashes | {"leaf": seal.leaf, "path": [_text(part) for part in seal.path]}


def record_read(document: Mapping[str, Any]) -> ProvenRecord:
    """Return the record that a file holds.

    Raises:
        KeyError, TypeError, ValueError: it holds none.

    """
    path = tuple(_hash(part) for part in document["path"])
    return ProvenRecord(
        str(document["writer"]), int(document["seq"]), _hash(document["prev"]), str(document["body"]), path
    )


def seal_read(document: Mapping[str, Any]) -> ProvenSeal:
    """Return the seal that a file holds.

    Raises:
        KeyError, TypeError, ValueError: it holds none.

    """
    first_seq, last_seq, first_at, last_at = (
        int(document[name]) for name in ("first_seq", "last_seq", "first_at", "last_at")
    )
    hashes = _hash(document["head"]), _hash(document["root"])
    batch = Batch(str(document["writer"]), first_seq, last_seq, first_at, last_at, *hashes)
    signed = BatchSeal(batch, _bytes(document["signature"]))
    return ProvenSeal(signed, int(document["leaf"]), tuple(_hash(part) for part in document["path"]))


def _hash(text: Any) -> bytes:
    raw = _bytes(text)
    if len(raw) != HASH_BYTES:
        raise ValueError("not a hash")
    return raw


def _bytes(text: Any) -> bytes:
    return base64.b64decode(str(text), validate=True)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
