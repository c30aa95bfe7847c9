"""Checks that every record of a chain stands under a seal of a writer that this installation certified. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from proxy.audit.sealing import tree
from proxy.audit.sealing.certificate import Certificate, certified
from proxy.audit.sealing.seal import BatchSeal
from proxy.audit.sealing.succession import Speaker, Succession
from proxy.audit.verification.findings import Damage
from proxy.audit.verification.stored_record import StoredRecord

_MICROSECONDS = 1_000_000


class SealCheck:
    """Follows the seals of one chain beside its records; keeps the first damage of each kind."""

    def __init__(self, writer: str, keys: Succession) -> None:
        self.writer = writer
        self.certificate: Certificate | None = None
        self.certified_by: Speaker | None = None
        self._keys = keys
        self._first: StoredRecord | None = None  # after the last seal
        self._hashes: list[bytes] = []  # of the records since the last seal
        self._sealed_to = 0
        self._last = 0
        self._damage: Damage | None = None

    def opens(self, body: bytes) -> None:
        """Take the certificate in the body of the chain's opening record."""
        self.certificate = self._certified(body)

    def continue_after(self, seq: int, certificate: Certificate | None) -> None:
        """Begin after a record of a chain whose certificate is known already."""
        self.certificate, self._sealed_to, self._last = certificate, seq, seq

    def feed(self, record: StoredRecord) -> None:
        """Take the next record, with the seal that ends with it; a purged one has no time."""
        self._last = record.seq
        if self._last == 1 and record.shared.opens:
            self.opens(record.body)
        if self.certificate is None:
            return
        if self._first is None:
            self._first = record
        self._hashes.append(record.hash)
        if record.seal is not None:
            self._check(record.seal, self.certificate, self._first, record)
            self._sealed_to, self._first = self._last, None
            self._hashes.clear()

    def end(self) -> Iterable[Damage]:
        """Return what is wrong with the seals of the whole chain."""
        if self.certificate is None:
            detail = f"{self._last} records of a writer that this installation did not certify"
            return [Damage(self.writer, 1, "uncertified", detail)]
        if self._first is not None:
            first = self._first.seq
            self._say(first, f"records {first} to {self._last} carry no seal: their writer did not store them")
        return [self._damage] if self._damage is not None else []

    def covers(self, seq: int) -> bool:
        """Whether a record is under a sound seal of a certified writer."""
        return self.certificate is not None and self._damage is None and seq <= self._sealed_to

    def _certified(self, body: bytes) -> Certificate | None:
        try:
            facts = orjson.loads(body)["facts"]
            for speaker in self._keys.line:
                if (certificate := certified(self.writer, facts, speaker.key)) is not None:
                    self.certified_by = speaker
                    return certificate
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            pass
        return None

    def _check(self, seal: BatchSeal, certificate: Certificate, begin: StoredRecord, end: StoredRecord) -> None:
        """Say the first way in which a seal is not the one that belongs here."""
        batch, first, last = seal.batch, begin.seq, end.seq
        if not seal.is_by(certificate.public(), self._keys.origin):
            self._say(last, "the seal is not signed by its writer")
        elif (batch.writer, batch.first_seq, batch.last_seq) != (self.writer, self._sealed_to + 1, last):
            self._say(last, "the seal covers other records")
        elif batch.head != end.hash or batch.root != tree.root(self._hashes):
            self._say(first, f"records {first} to {last} are not those that their writer sealed")
        elif (begin.at != batch.first_at and not begin.purged) or (end.at != batch.last_at and not end.purged):
            self._say(first, "the times are not those that the writer sealed")
        elif batch.last_at > certificate.not_after * _MICROSECONDS:
            self._say(last, "sealed after the writer's certificate ended")

    def _say(self, seq: int, detail: str) -> None:
        self._damage = self._damage or Damage(self.writer, seq, "seal", detail)
