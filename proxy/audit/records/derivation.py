"""The rows that questions are asked of, derived from records alone: the same records make the same rows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from proxy.audit.records import answers, columns, events, settled
from proxy.audit.records.record import Columns

Row = tuple[Any, ...]
_NUMBERS = frozenset({
    "seq", "us_persons", "pseudonyms", "restored", "status", "bytes_out", "bytes_in", "duration_ms", "row_count",
    "tokens_input", "tokens_cached", "tokens_written", "tokens_output", "tokens_reasoning", "images", "pages",
    "searches", "seconds", "cost", "saved_input", "saved_output", "saved_cost",
})  # fmt: skip
_LISTS = frozenset({
    "subjects", "subject_regions", "media", "detectors", "categories", "labels", "codes", "obligations_fulfilled",
    "obligations_unfulfilled", "refused_targets", "reply_types",
    "denial_codes", "denial_rules", "regimes", "exceptions", "waived",
})  # fmt: skip
_OTHERS = {
    "at": "timestamptz", "ended_at": "timestamptz", "retain_until": "date", "restricted": "bool", "coverage": "float8",
    "attempt_accounted": "bool[]", "attempt_statuses": "int8[]", "attempt_ms": "int8[]", "attempt_refused": "bool[]",
    "split_drawn": "bool", "reply_scanned": "bool", "reply_counts": "int8[]",
    "entity_confidences": "float8[]", "entity_found": "int8[]", "entity_sent": "int8[]",
}  # fmt: skip


def typed(names: Iterable[str]) -> dict[str, str]:
    """Return columns with their types, as PostgreSQL names types."""
    return {name: _OTHERS.get(name) or _type(name) for name in names}


def _type(name: str) -> str:
    if name in _LISTS or name.startswith(("attempt_", "transfer_", "entity_")):
        return "text[]"
    return "int8" if name in _NUMBERS else "text"


EXCHANGE = typed(("writer", "seq", *columns.NAMES))
EVENT = typed(("writer", "seq", "hash", *events.NAMES))

#: Answers are stated once in a chain and day: none is named by records that come much later.
_NAMED_FOR_US = 3 * 86_400_000_000
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)


def _columns(members: Mapping[str, Any]) -> Columns:
    columns = Columns(**members)
    return columns._replace(codes=tuple(columns.codes))


class ReadRecord(NamedTuple):
    """A record at its place; ``facts`` with the answers that it names."""

    writer: str
    seq: int
    columns: Columns
    facts: Mapping[str, Any]

    @property
    def late(self) -> str:
        """The exchange of which this is an outcome that came too late, "" for any other record."""
        return self.columns.target if self.columns.action == "late_outcome" else ""


@dataclass(slots=True)
class Derivation:
    """Takes records chain by chain; ``exchanges`` are rows of those that have ended, ``opened`` what the others say.

    ``left_out`` counts records of a form that this release cannot read, and exchanges that these are of.
    An exchange has a row as soon as its own chain ends it, or at the ``end`` where another chain does: that of a
    process which settled it, or in which it went on.
    """

    exchanges: list[Row] = field(default_factory=list)  # by ``EXCHANGE``
    events: list[Row] = field(default_factory=list)  # by ``EVENT``
    opened: dict[str, list[ReadRecord]] = field(default_factory=dict)
    left_out: int = 0
    _stated: dict[str, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)  # when last, and what

    @classmethod
    def resumed(cls, state: Mapping[str, Any]) -> Derivation:
        """Return a derivation that goes on from a ``state``."""
        derivation = cls(_stated={name: tuple(statement) for name, statement in state["stated"].items()})
        for writer, seq, values, facts in state["opened"]:
            record = ReadRecord(writer, seq, _columns(values), facts)
            derivation.opened.setdefault(record.columns.exchange, []).append(record)
        return derivation

    def state(self) -> dict[str, Any]:
        """Return what later records need, as JSON can hold it: what has not ended, and answers that may be named."""
        newest = max((at for at, _ in self._stated.values()), default=0)
        stated = {name: answer for name, answer in self._stated.items() if answer[0] > newest - _NAMED_FOR_US}
        opened = [
            (item.writer, item.seq, item.columns._asdict(), item.facts)
            for some in self.opened.values()
            for item in some
        ]
        return {"opened": opened, "stated": stated}

    def add(self, writer: str, seq: int, hashed: bytes, body: bytes) -> ReadRecord | None:
        """Take the next record of a chain, which follows the answers that it names; return what it says."""
        try:
            return self._add(writer, seq, hashed, body)
        except _UNREADABLE:
            self.left_out += 1
            return None

    def _add(self, writer: str, seq: int, hashed: bytes, body: bytes) -> ReadRecord:
        document = orjson.loads(body)
        columns, facts = _columns(document["columns"]), document["facts"]
        complete = answers.whole(facts, self._facts(body)) if columns.kind in answers.NAMING else facts
        record = ReadRecord(writer, seq, columns, complete)
        if answers.states(columns.kind, columns.action):
            self._stated[columns.target] = columns.at, facts
        elif columns.kind == "event":
            self.events.append((writer, seq, hashed.hex(), *events.values(columns, facts)))
        else:
            self._take(record)
        return record

    def _facts(self, body: bytes) -> Mapping[str, Mapping[str, Any]]:
        return {name: self._stated[name][1] for name in answers.named(body) if name in self._stated}

    def end(self) -> None:
        """Settle what one chain began and another ended."""
        for exchange in list(self.opened):
            self._settle(exchange)

    def _take(self, record: ReadRecord) -> None:
        earlier = self.opened.setdefault(record.columns.exchange, [])
        earlier.append(record)
        if record.columns.kind == "outcome" and all(opening.writer == record.writer for opening in earlier):
            self._settle(record.columns.exchange)

    def _settle(self, exchange: str) -> None:
        records = self.opened[exchange]
        last = next((record for record in records if record.columns.kind == "outcome"), None)
        try:
            ended = settled.exchange_of((record.columns, record.facts) for record in records)
            row = columns.row(ended) if ended is not None else None
        except _UNREADABLE:
            self.left_out += 1
            del self.opened[exchange]
            return
        if row is not None and last is not None:
            self.exchanges.append((last.writer, last.seq, *row))
            del self.opened[exchange]
