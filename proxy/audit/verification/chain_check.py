"""Recomputes the chain of one writer and says where and how it was changed. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from proxy.audit.records import answers
from proxy.audit.records.record import Head, beginning, beside, columns_of, genesis, link
from proxy.audit.verification.findings import Damage
from proxy.audit.verification.stored_record import StoredRecord


class ChainCheck:
    """Follows one writer's chain, from its beginning or a head; keeps at most one damage per class, the first."""

    def __init__(self, writer: str, head: Head | None = None, stated: Iterable[answers.Key] = ()) -> None:
        self.writer = writer
        self._seq, self._hash = head or genesis(writer)
        self.damages: dict[str, Damage] = {}
        self._suspect: tuple[int, bytes] | None = None  # a record whose hash differs, until the next one says why
        self._closed = False
        self._stated = set(stated)

    @property
    def head(self) -> Head:
        """The last record."""
        return Head(self._seq, self._hash)

    def feed(self, record: StoredRecord) -> None:
        """Check the next record in order of seq; of a purged one, only its hash is left."""
        seq, stored, body, shared = record.seq, record.hash, record.body, record.shared
        if record.purged:
            self._purged(seq, stored)
            return
        wrong = seq != self._seq + 1 or record.prev != self._hash or self._suspect is not None
        if wrong and self._follows(seq):
            self._link(seq, record.prev)
        computed = link(record.prev, body)
        if computed != stored:
            self._suspect = (seq, computed)
        if differing := _differing(record):
            self._say(seq, "column", f"differs from the body: {', '.join(differing)}")
        if shared.opens or seq == 1 or self._closed or shared.closes:
            self._check_position(record)
        if shared.names or shared.states:
            self._answers(record)
        self._seq, self._hash = seq, stored

    def _follows(self, seq: int) -> bool:
        if seq == self._seq:
            self._say(seq, "order", f"there are two records {seq}")
        elif seq != self._seq + 1:
            self._say(self._seq + 1, "missing", f"records {self._seq + 1} to {seq - 1} are missing")
        return seq == self._seq + 1

    def _purged(self, seq: int, stored: bytes) -> None:
        """Take a hash whose record is gone: the seal over it says that it belongs here, the next record follows it."""
        self._follows(seq)
        if self._suspect is not None:
            self._say(self._suspect[0], "body", "the body or the hash was altered")
            self._suspect = None
        if seq == 1:
            self._say(seq, "order", "the opening record was purged, which is kept for good")
        self._seq, self._hash = seq, stored

    def end(self) -> Iterable[Damage]:
        """Return what is wrong with the whole chain."""
        if self._suspect is not None:
            self._say(self._suspect[0], "body", "the body or the hash was altered")
            self._suspect = None
        return self.damages.values()

    def _link(self, seq: int, prev: bytes) -> None:
        """Say which side of a broken link was altered."""
        suspect, self._suspect = self._suspect, None
        if suspect is None:
            self._say(seq, "link", "does not follow from the record before it")
        elif prev == suspect[1]:
            self._say(suspect[0], "hash", "the stored hash was altered")
        elif prev == self._hash:
            self._say(suspect[0], "body", "the body was altered")
        else:
            self._say(suspect[0], "body", "the body was altered, and the next record does not follow from it")

    def _check_position(self, record: StoredRecord) -> None:
        """A chain opens with its opening record and ends with its closing record."""
        if record.shared.opens != (record.seq == 1):
            self._say(record.seq, "order", "the opening record is not where the chain begins")
        if self._closed:
            self._say(record.seq, "order", "follows the closing record")
        self._closed = record.shared.closes

    def _answers(self, record: StoredRecord) -> None:
        """A chain states an answer, true to its digest, before any record of that tenant and day names it."""
        columns = record.shared.columns
        if record.shared.states:
            if not answers.true_to(columns.target, record.body):
                self._say(record.seq, "answer", "states another answer than its digest says")
            self._stated.add(answers.key(columns.tenant, record.at, columns.target))
            return
        for digest in answers.named(record.body):
            if answers.key(columns.tenant, record.at, digest) not in self._stated:
                self._say(record.seq, "answer", "names an answer that its chain does not state before")

    def _say(self, seq: int, what: str, detail: str) -> None:
        self.damages.setdefault(what, Damage(self.writer, seq, what, detail))


def _differing(record: StoredRecord) -> list[str]:
    """Return what of the row says another thing than the body, ``layout`` where that is none of the product's."""
    body, stored = record.body, record.shared.columns
    end = body.find(b',"facts":')
    try:
        columns = columns_of({"columns": orjson.loads(body[len(b'{"columns":') : end])})
        stated = beside(columns.kind, body) if record.beside is not None else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return ["layout"]
    if not body.startswith(beginning(columns)):
        return ["layout"]
    if (columns.at, columns.exchange, *(getattr(columns, name) for name in stored._fields), stated) == (
        record.at, record.exchange, *stored, record.beside,
    ):  # fmt: skip
        return []
    row = {"at": record.at, "exchange": record.exchange} | stored._asdict()
    wrong = [name for name, value in row.items() if getattr(columns, name) != value]
    return wrong if stated == record.beside else [*wrong, "body"]
