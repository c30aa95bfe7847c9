"""Recomputes the chain of one writer and says where and how it was changed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

import orjson

from proxy.audit.records import answers
from proxy.audit.records.chain import Head, genesis, link
from proxy.audit.records.record import Columns, beginning, microseconds
from proxy.audit.verification.findings import Damage

_REST = itemgetter(*Columns._fields[1:])


class ChainCheck:
    """Follows one writer's chain, from its beginning or a head; keeps at most one damage per class, the first."""

    def __init__(self, writer: str, head: Head | None = None, stated: Iterable[answers.Key] = ()) -> None:
        self.writer = writer
        self.head = head or genesis(writer)
        self.damages: dict[str, Damage] = {}
        self._suspect: tuple[int, bytes] | None = None  # a record whose hash differs, until the next one says why
        self._closed = False
        self._stated = set(stated)

    def feed(self, row: Mapping[str, Any]) -> None:
        """Check the next record in order of seq; of a purged one, without a body, only its hash is left."""
        seq, prev, stored = row["seq"], row["prev"], row["hash"]
        follows = self._follows(seq)
        if row["body"] is None:
            self._purged(seq, stored)
            return
        body = row["body"].encode()
        if follows and (self._suspect is not None or prev != self.head.hash):
            self._link(seq, prev)
        computed = link(prev, body)
        if computed != stored:
            self._suspect = (seq, computed)
        columns = _columns(row)
        if not body.startswith(beginning(columns)):
            self._say(seq, "column", f"differs from the body: {', '.join(_differing(columns, body)) or 'layout'}")
        self._place(seq, row)
        self._answers(seq, columns, row["body"])
        self.head = Head(seq, stored)

    def _follows(self, seq: int) -> bool:
        if seq == self.head.seq:
            self._say(seq, "order", f"there are two records {seq}")
        elif seq != self.head.seq + 1:
            self._say(self.head.seq + 1, "missing", f"records {self.head.seq + 1} to {seq - 1} are missing")
        return seq == self.head.seq + 1

    def _purged(self, seq: int, stored: bytes) -> None:
        """Take a hash whose record is gone: the seal over it says that it belongs here, the next record follows it."""
        if self._suspect is not None:
            self._say(self._suspect[0], "body", "the body or the hash was altered")
            self._suspect = None
        if seq == 1:
            self._say(seq, "order", "the opening record was purged, which is kept for good")
        self.head = Head(seq, stored)

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
        elif prev == self.head.hash:
            self._say(suspect[0], "body", "the body was altered")
        else:
            self._say(suspect[0], "body", "the body was altered, and the next record does not follow from it")

    def _place(self, seq: int, row: Mapping[str, Any]) -> None:
        """A chain opens with its opening record and ends with its closing record."""
        opening = row["kind"] == "event" and row["action"] == "writer_started"
        if opening != (seq == 1):
            self._say(seq, "order", "the opening record is not where the chain begins")
        if self._closed:
            self._say(seq, "order", "follows the closing record")
        self._closed = row["kind"] == "event" and row["action"] == "writer_closed"

    def _answers(self, seq: int, columns: Columns, body: str) -> None:
        """A chain states an answer, true to its digest, before any record of that tenant and day names it."""
        if answers.states(columns.kind, columns.action):
            if not answers.true_to(columns.target, body.encode()):
                self._say(seq, "answer", "states another answer than its digest says")
            self._stated.add(answers.key(columns.tenant, columns.at, columns.target))
            return
        for digest in answers.named(body) if columns.kind in answers.NAMING else ():
            if answers.key(columns.tenant, columns.at, digest) not in self._stated:
                self._say(seq, "answer", "names an answer that its chain does not state before")

    def _say(self, seq: int, what: str, detail: str) -> None:
        self.damages.setdefault(what, Damage(self.writer, seq, what, detail))


def _columns(row: Mapping[str, Any]) -> Columns:
    return Columns(microseconds(row["recorded_at"]), *_REST(row))


def _differing(columns: Columns, body: bytes) -> list[str]:
    try:
        said = orjson.loads(body)["columns"]
        return [name for name, value in columns._asdict().items() if said.get(name) != value]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return []
