"""A stored record as verification reads it: its place, its columns, and the very bytes that are hashed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from proxy.audit.records import answers
from proxy.audit.sealing.seal import BatchSeal

_FIRST_DAY = date(2000, 1, 1).toordinal()


class TableColumns(NamedTuple):
    """The columns of the table that many records of a writer have alike."""

    kind: str
    attempt: int = 0
    tenant: str = ""
    activity: str = ""
    action: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class SharedColumns:
    """What many records of a writer have alike, and what follows from it."""

    writer: str
    columns: TableColumns
    opens: bool
    closes: bool
    states: bool
    names: bool

    @classmethod
    def of(cls, writer: str, columns: TableColumns) -> SharedColumns:
        """Return what follows from these columns."""
        kind, action = columns.kind, columns.action
        opens, closes = (kind == "event" and action == name for name in ("writer_started", "writer_closed"))
        return cls(writer, columns, opens, closes, answers.states(kind, action), kind in answers.NAMING)


#: What a purged record is read as.
PURGED = TableColumns("purged")


class StoredRecord(NamedTuple):
    """One row. ``at`` is in microseconds since 1970, ``day`` in days since 2000.

    ``beside`` is the JSON that stands in the table beside the body, ``seal`` ends with the record, and ``leaf`` is its
    place in the log; None where it has none, or nobody asked.
    """

    seq: int
    at: int
    shared: SharedColumns
    exchange: str
    prev: bytes
    hash: bytes
    body: bytes
    seal: BatchSeal | None = None
    leaf: int | None = None
    day: int = 0
    purged: bool = False  # only its hash is left
    beside: bytes | None = None

    @property
    def writer(self) -> str:
        """Whose chain it is of."""
        return self.shared.writer

    @classmethod
    def gone(cls, writer: str, seq: int, hashed: bytes, seal: BatchSeal | None) -> StoredRecord:
        """Return what is left of a purged record."""
        return cls(seq, 0, SharedColumns.of(writer, PURGED), "", b"", hashed, b"", seal, purged=True)

    @property
    def date(self) -> date:
        """The day of the partition that holds it; the first one there is where that has no day."""
        return date.fromordinal(min(max(_FIRST_DAY + self.day, date.min.toordinal()), date.max.toordinal()))
