"""Makes the records of an exchange, and with the outcome its typed row, from the same objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from proxy.audit.records import columns as typed
from proxy.audit.records import events
from proxy.audit.records.record import Columns, Record, make
from proxy.audit.records.settled import NO_ANSWER, Intent, PolicyAnswer, Settled, question
from proxy.core.records import Decision, Facts

_REPLACED = "\N{REPLACEMENT CHARACTER}".encode()
TYPED_COLUMNS = (("writer", "seq", *typed.NAMES), ("writer", "seq", *events.NAMES))
_TABLES = ("exchange", "event")


class TypedRows(NamedTuple):
    """Rows of ``evidence.exchange`` and ``evidence.event``, in the order of ``TYPED_COLUMNS``."""

    exchanges: list[typed.Row]
    events: list[typed.Row]


NO_ROWS = TypedRows([], [])
#: What policy was asked, recordable, and what it answered.
Asked = tuple[Facts, Decision]


@dataclass(slots=True)
class RecordedExchange:
    """What the records of one exchange say so far; of the decision only what its row needs."""

    _opened: Columns | None = None
    _caller: Mapping[str, Any] = field(default_factory=dict)
    _retain_until: str = ""
    _asked: list[Asked | None] = field(
        default_factory=list
    )  # the decision's, then each intent's where it has a new one
    _intents: list[Intent] = field(default_factory=list)
    _cleaned: bool = False  # a record holds a text other than it was given

    def decision(self, columns: Columns, facts: Mapping[str, Any], asked: Asked | None = None) -> Record:
        """Return the decision record. One that was made before has been withdrawn."""
        self._opened, self._caller, self._asked = columns, facts["caller"], [asked]
        self._retain_until = facts.get("retain_until", "")
        return self._made(make(columns, facts))

    def intent(self, columns: Columns, facts: Mapping[str, Any], asked: Asked | None) -> Record:
        """Return an attempt's record; ``asked`` where it holds an answer of its own."""
        self._intents.append(Intent(columns.attempt, columns.target, facts))
        self._asked.append(asked)
        return self._made(make(columns, facts))

    def withdraw_intent(self) -> None:
        """Forget the last intent: it will never be stored."""
        self._intents.pop()
        self._asked.pop()

    def outcome(self, columns: Columns, facts: Mapping[str, Any]) -> Record:
        """Return the outcome's record with the typed row."""
        record = self._made(make(columns, facts))
        if self._opened is None:
            return record
        row = typed.row(
            Settled(self._opened, self._caller, self._answer(), self._intents, columns, facts, self._retain_until)
        )
        return record._replace(typed=typed.cleaned(row) if self._cleaned else row)

    def _answer(self) -> PolicyAnswer:
        asked = next(filter(None, reversed(self._asked)), None)
        if asked is None:
            return NO_ANSWER
        facts, decision = asked
        document = (decision.original or decision).document  # but for the stamps it is this one's
        return PolicyAnswer(decision.id, decision.bundle, question(facts), document)

    def _made(self, record: Record) -> Record:
        self._cleaned = self._cleaned or _REPLACED in record.body
        return record


def rows(writer: str, seq: int, records: Iterable[Record | None]) -> TypedRows:
    """Return the typed rows of records that follow ``seq`` in a chain; None stands for one that has none."""
    made = TypedRows([], [])
    for place, record in enumerate(records, seq + 1):
        if record is None:
            continue
        if record.typed is not None:
            made.exchanges.append((writer, place, *record.typed))
        elif events.typed(record):
            made.events.append((writer, place, *events.row(record)))
    return made


def encoded(rows: TypedRows) -> dict[str, str]:
    """Return the rows by table, where there are any, as JSON arrays of objects by the names of the columns.

    Raises:
        TypeError: a value is none that JSON can hold.

    """
    told = zip(_TABLES, TYPED_COLUMNS, rows, strict=True)
    return {table: objects(names, of) for table, names, of in told if of}


def objects(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as a JSON array of objects by these names; ``facts`` is JSON already.

    Raises:
        TypeError: a value is none that JSON can hold.

    """
    made = [dict(zip(names, row, strict=True)) for row in rows]
    for one in made if "facts" in names else ():
        one["facts"] = orjson.Fragment(one["facts"])
    return orjson.dumps(made).decode()


def any_of(records: Iterable[Record]) -> bool:
    """Say whether any of these records has a typed row."""
    return any(record.typed is not None or events.typed(record) for record in records)
