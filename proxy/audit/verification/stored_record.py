"""A stored record as verification reads it: its place, its columns, and the very bytes that are hashed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import orjson

from proxy.audit.records import answers
from proxy.audit.records.record import Columns, beginning
from proxy.audit.sealing.seal import BatchSeal

_FIRST_DAY = date(2000, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class SharedColumns:
    """What many records of a writer have alike: all columns but ``at`` and ``exchange``, and what follows from them."""

    writer: str
    columns: Columns
    opens: bool
    closes: bool
    states: bool
    names: bool
    _parts: tuple[bytes, bytes, bytes]

    @classmethod
    def of(cls, writer: str, columns: Columns) -> SharedColumns:
        """Return what of these columns is shared."""
        columns = columns._replace(at=0, exchange="")
        kind, action = columns.kind, columns.action
        before, _, rest = beginning(columns).partition(b',"at":0,')  # in a string its quotes would be escaped
        between, _, after = rest.partition(b',"exchange":"",')
        opens, closes = (kind == "event" and action == one for one in ("writer_started", "writer_closed"))
        states, names = answers.states(kind, action), kind in answers.NAMING
        return cls(writer, columns, opens, closes, states, names, (before, between, after))

    def beginning(self, at: int, exchange: str) -> bytes:
        """Return the bytes with which the body of such a record begins."""
        before, between, after = self._parts
        return b'%b,"at":%d,%b,"exchange":%b,%b' % (before, at, between, orjson.dumps(exchange), after)


#: What a purged record is read as.
PURGED = Columns(0, "purged")


class StoredRecord(NamedTuple):
    """One row. ``at`` is in microseconds since 1970, ``day`` in days since 2000.

    ``seal`` ends with the record, and ``leaf`` is its place in the log; None where it has none, or nobody asked.
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
