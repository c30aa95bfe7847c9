"""Checks the proof of one exchange with a public key and nothing else. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from proxy.audit.records import answers
from proxy.audit.records.record import instant
from proxy.audit.sealing.certificate import Certificate, certified
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.sealing.notes import Note
from proxy.audit.sealing.succession import EVENT as KEY_CHANGED
from proxy.audit.sealing.succession import Speaker, Succession, opened
from proxy.audit.sealing.tree_proof import TreeProofError, root_with
from proxy.audit.verification.proof import RECEIPT, ExchangeProof, ProofError, ProvenRecord, ProvenSeal

_MICROSECONDS = 1_000_000


class Fact(NamedTuple):
    """One proven record of the exchange; ``columns`` as docs/reference/audit-record.md lists them."""

    writer: str
    seq: int
    at: datetime
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof proves. ``key`` signed the note, which covers all records."""

    exchange: str
    facts: tuple[Fact, ...]
    note: Note
    key: VerifierKey


class ParsedRecord(NamedTuple):
    """A record with its seal and what its body says, which counts once both are checked."""

    record: ProvenRecord
    seal: ProvenSeal
    columns: Mapping[str, Any]
    facts: Mapping[str, Any]

    def is_event(self, name: str) -> bool:
        """Whether it is an event of this name."""
        return bool(self.columns.get("kind") == "event" and self.columns.get("action") == name)

    @property
    def opens(self) -> bool:
        """Whether it opens a chain, and so holds the writer's certificate."""
        return self.record.seq == 1 and self.is_event("writer_started")

    @property
    def states(self) -> bool:
        """Whether it states an answer, true to its digest."""
        digest = str(self.columns.get("target"))
        return self.is_event(answers.EVENT) and answers.true_to(digest, self.record.body.encode())

    @property
    def answer(self) -> answers.Key:
        """The answer that it states."""
        return answers.key(self.columns["tenant"], self.columns["at"], self.columns["target"])

    @property
    def names(self) -> set[answers.Key]:
        """The answers that it names."""
        named = answers.named(self.record.body.encode()) if self.columns.get("kind") in answers.NAMING else ()
        return {answers.key(self.columns["tenant"], self.columns["at"], digest) for digest in named}


def check(proof: ExchangeProof, trusted: VerifierKey) -> Proven:
    """Return what a proof proves to whoever trusts a key that is, or was, the installation's.

    Raises:
        ProofError: the first thing that is wrong.

    """
    if proof.origin != trusted.origin:
        raise ProofError(f"the proof is of the log {proof.origin}, the key is for {trusted.origin}")
    records = [parsed(proof.seals, record) for record in proof.records]
    check_records(records)
    line = KeyLine(proof.origin, trusted, records)
    note, speaker = line.note(proof.note)
    check_seals(proof.origin, proof.seals, note)
    _check_signatures(proof, {record.record.writer: line.certificate(record) for record in records if record.opens})
    facts = tuple(_facts(proof.exchange, records))
    if not any(fact.columns["kind"] == "decision" or fact.columns["action"] == RECEIPT for fact in facts):
        raise ProofError("the decision is not among the records")
    return Proven(proof.exchange, facts, note, speaker.key)


class KeyLine:
    """The keys that the trusted one is of, as far as the proof shows them."""

    def __init__(self, origin: str, trusted: VerifierKey, records: Sequence[ParsedRecord]) -> None:
        self._trusted = trusted
        changes = sorted(
            (record for record in records if record.is_event(KEY_CHANGED)), key=lambda record: record.seal.leaf
        )
        notes = [(str(change.facts.get("note")), _at(change.columns), change.seal.leaf) for change in changes]
        self.keys = Succession.of(trusted, [{"note": note, "at": at, "leaf": leaf} for note, at, leaf in notes])
        self._order = [str(speaker.key) for speaker in self.keys.line]
        self._replaced_at: dict[str, int] = {}
        for note, _, leaf in notes:
            change = opened(note, origin)
            if change is not None and change.what == "replaced":
                self._replaced_at.setdefault(str(change.of), leaf)

    def _earlier(self, speaker: Speaker) -> bool:
        """Whether a key was replaced before the trusted one was in force."""
        return self._order.index(str(speaker.key)) < self._order.index(str(self._trusted))

    def note(self, signed: str) -> tuple[Note, Speaker]:
        """Return what a note says; a key that the trusted one replaced does not count for it."""
        opened = self.keys.note(signed)
        if opened is None:
            raise ProofError(f"the note is not signed by the key {self._trusted.id.hex()}, nor by a later one")
        if self._earlier(opened[1]) or not opened[1].signed(opened[0].size):
            raise ProofError(f"the note is signed by the key {opened[1].key.id.hex()} alone, which was replaced")
        return opened

    def certificate(self, opening: ParsedRecord) -> Certificate:
        """Return the certificate of a chain.

        One by a replaced key counts only where the chain opened before that: the key may have ended since.
        """
        writer, leaf = opening.record.writer, opening.seal.leaf
        for speaker in self.keys.line:
            certificate_read = certified(writer, opening.facts, speaker.key)
            if certificate_read is None:
                continue
            late = self._earlier(speaker) and leaf >= self._replaced_at.get(str(speaker.key), 0)
            if late or not speaker.spoke(leaf):
                key = speaker.key.id.hex()
                raise ProofError(
                    f"the key {key} was replaced before it certified the writer {writer}; it has to be trusted"
                )
            return certificate_read
        raise ProofError(f"the writer {writer} is not certified by the key {self._trusted.id.hex()} or its line")


def check_records(records: Sequence[ParsedRecord]) -> None:
    """Check that the records are those that stand under their seals.

    Raises:
        ProofError: one is not.

    """
    if len({(record.record.writer, record.record.seq) for record in records}) != len(records):
        raise ProofError("a record is there twice")
    for record, sealed, _, _ in records:
        batch = sealed.seal.batch
        size = batch.last_seq - batch.first_seq + 1
        if _root(record.hash, record.seq - batch.first_seq, size, record.path) != batch.root:
            raise ProofError(f"record {record.seq} of {record.writer} is not the one that was sealed")


def check_seals(origin: str, seals: Sequence[ProvenSeal], note: Note) -> None:
    """Check that seals are in the log of a note.

    Raises:
        ProofError: one is not.

    """
    for seal in seals:
        if _root(seal.seal.leaf(origin), seal.leaf, note.size, seal.path) != note.root:
            raise ProofError(f"the seal over {_label(seal)} is not in the log")


def _check_signatures(proof: ExchangeProof, certificates: Mapping[str, Certificate]) -> None:
    """Check that the seals are those of certified writers."""
    for seal in proof.seals:
        batch, certificate = seal.seal.batch, certificates.get(seal.seal.batch.writer)
        if certificate is None:
            raise ProofError(f"the opening record of {batch.writer} is not among the records")
        if not seal.seal.is_by(certificate.public(), proof.origin):
            raise ProofError(f"the seal over {_label(seal)} is not signed by its writer")
        if batch.last_at > certificate.not_after * _MICROSECONDS:
            raise ProofError(f"the seal over {_label(seal)} was made after its writer's certificate had ended")


def _facts(exchange: str, records: Sequence[ParsedRecord]) -> Iterator[Fact]:
    """Yield what the records of the exchange say; no other record has a place in the proof."""
    named = {(current.record.writer, answer) for current in records for answer in current.names}
    missing = named - {(current.record.writer, current.answer) for current in records if current.states}
    if missing:
        raise ProofError("an answer that a record names is not among the records")
    for current in records:
        record, columns = current.record, current.columns
        about = current.is_event("late_outcome") or current.is_event(RECEIPT)
        late = about and columns.get("target") == exchange
        if late or (columns.get("kind") != "event" and columns.get("exchange") == exchange):
            stated = {**current.facts, **columns} if current.is_event(RECEIPT) else columns
            yield Fact(record.writer, record.seq, _at(columns), stated)
        elif not (
            current.opens
            or current.is_event(KEY_CHANGED)
            or (current.states and (record.writer, current.answer) in named)
        ):
            raise ProofError(f"record {record.seq} of {record.writer} is not of the exchange {exchange}")


def parsed(seals: Sequence[ProvenSeal], record: ProvenRecord) -> ParsedRecord:
    """Return what a record says, with the one of these seals that covers it.

    Raises:
        ProofError: none does, or its body has another form.

    """
    try:
        body = orjson.loads(record.body)
        columns, facts = dict(body["columns"]), dict(body["facts"])
        _at(columns)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise ProofError(f"record {record.seq} of {record.writer} has no body that is known") from error
    return ParsedRecord(record, _seal_of(seals, record), columns, facts)


def _seal_of(seals: Sequence[ProvenSeal], record: ProvenRecord) -> ProvenSeal:
    for seal in seals:
        batch = seal.seal.batch
        if batch.writer == record.writer and batch.first_seq <= record.seq <= batch.last_seq:
            return seal
    raise ProofError(f"record {record.seq} of {record.writer} is under no seal of the proof")


def _root(hashed: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    try:
        return root_with(hashed, index, size, path)
    except TreeProofError as error:
        raise ProofError(f"malformed inclusion path: {error}") from error


def _label(seal: ProvenSeal) -> str:
    return f"records {seal.seal.batch.first_seq} to {seal.seal.batch.last_seq} of {seal.seal.batch.writer}"


def _at(columns: Mapping[str, Any]) -> datetime:
    return instant(int(columns["at"]))
