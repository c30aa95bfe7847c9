"""Reads the log for a question: every record is verified as 'audit verify' does it, and rows are derived from it.

What a question is answered from is a function of what was verified here. A log that is damaged answers nothing. Leaves
that signed parts cover are not read again (``parts``).
A login that is bound to some tenants reads their records and the hashes of all others, which their seals need.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson

from proxy.audit.records import derivation
from proxy.audit.records.derivation import Derivation, ReadRecord, Row
from proxy.audit.records.record import instant
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.sealing.seal import BatchSeal
from proxy.audit.sealing.tree import Growing
from proxy.audit.verification import columnar, parts
from proxy.audit.verification.findings import Damage, VerificationReport
from proxy.audit.verification.parts import COLUMNS, Part, RecordCount
from proxy.audit.verification.since import VerificationSince
from proxy.audit.verification.stored_record import StoredRecord
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import ProxyError

#: Records that are derived in one step of the loop.
_AT_ONCE = 20
#: Columns of the records of the exchange that is asked about.
RECORD: Mapping[str, str] = derivation.typed((
    "writer", "seq", "at", "kind", "exchange", "attempt", "tenant", "activity", "service", "action", "target", "status",
    "codes", "revision", "data_revision", "facts", "prev", "hash", "first_seq", "last_seq", "seal_root", "leaf",
)) | dict.fromkeys(("attempt", "first_seq", "last_seq", "leaf"), "int8")  # fmt: skip


class EvidenceDamagedError(ProxyError):
    """The log is not what was sealed, so nothing can be stated from it; 'audit verify' says more."""

    status = 409
    code = "evidence_damaged"


@dataclass(frozen=True, slots=True)
class SealedEvidence:
    """What was derived from verified records behind the ``parts``, and how far all goes.

    ``records`` are those of the exchange that was asked about, by ``RECORD``. ``unsealed`` records are not under the
    ``note`` yet; of ``hidden`` ones, purged or of other tenants, the hash alone was read.
    """

    derived: Derivation
    parts: Sequence[Part]
    records: Sequence[Sequence[Any]]
    note: str | None
    read: RecordCount
    unsealed: int

    @property
    def tables(self) -> dict[str, Any]:
        """The rows of parts and those that were derived now, by relation."""
        arrow, made = columnar.arrow(), {}
        for name, rows in (("exchange", self.derived.exchanges), ("event", self.derived.events)):
            now = columnar.table(COLUMNS[name], rows)
            made[name] = arrow.concat_tables([*(parts.opened(one, name) for one in self.parts), now])
        return made


async def read(
    connection: asyncpg.Connection,
    trusted: VerifierKey | None,
    exchange: str = "",
    *,
    bound: bool = False,
    noted: bool = False,
    parted: bool = True,
) -> SealedEvidence:
    """Return what the whole log says, within a transaction that sees one moment of it.

    Without a key nobody vouches for seals and parts, and the chains alone are followed. With an ``exchange`` its
    records are returned too, and no part is used, as without ``parted``. ``bound``: the login reads some tenants.
    ``noted``: only what a note covers.

    Raises:
        EvidenceDamagedError: a record, a seal or the log is not what was sealed.

    """
    found = EvidenceReading(connection, VerificationReport(), trusted, exchange=exchange, bound=bound, parted=parted)
    async with found.readable():
        await found.all(noted=noted)
    if found.report.damages:
        first = found.report.damages[0]
        where = f"{first.writer} {first.seq}: " if first.writer else ""
        raise EvidenceDamagedError(f"the log is damaged, so nothing can be stated: {where}{first.detail}")
    return found.told()


async def recomputed(connection: asyncpg.Connection, trusted: VerifierKey) -> list[Damage]:
    """Derive everything again and name the relations of which the parts hold other rows; none of a damaged log."""
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            kept = await read(connection, trusted, noted=True)
            if not kept.parts:
                return []
            whole = await read(connection, trusted, noted=True, parted=False)
    except EvidenceDamagedError:  # which is named already
        return []
    differing = await asyncio.to_thread(_differing, kept.tables, whole.tables)
    return [
        Damage("", 0, "protection", f"parts of the log hold other rows of {one} than its records make")
        for one in differing
    ]


def _differing(kept: Mapping[str, Any], whole: Mapping[str, Any]) -> list[str]:
    order = [("writer", "ascending"), ("seq", "ascending")]
    return [name for name, table in kept.items() if not table.sort_by(order).equals(whole[name].sort_by(order))]


@dataclass
class EvidenceReading(VerificationSince):
    """One reading in the making."""

    exchange: str = ""
    bound: bool = False
    parted: bool = True
    derivation: Derivation = field(default_factory=Derivation)
    _parts: Sequence[Part] = ()
    _read: RecordCount = field(default_factory=RecordCount)  # what the parts hold
    _of_exchange: list[Row] = field(default_factory=list)  # by ``RECORD``
    _unplaced: list[tuple[StoredRecord, ReadRecord]] = field(default_factory=list)  # of it, whose seal is still to come
    _listed: Mapping[str, int] = field(default_factory=dict)  # how far a note covers each chain
    _beyond: list[StoredRecord] = field(default_factory=list)  # under no note yet

    async def all(self, *, noted: bool) -> None:
        """Read and verify everything."""
        await self.keys()
        rows = await self.connection.fetch(STATEMENTS["listed_heads"])
        self._listed = {row["writer"]: row["seq"] for row in rows}
        if self.parted and not (self.bound or self.exchange):
            await self._resume()
        if not self.bound:
            await self.certificates()
        await self.chains()
        if not self.bound:
            await self.purges()
        await self.tree([])
        for place, record in enumerate(() if noted else self._beyond):
            self._derive(record)
            if place % _AT_ONCE == 0:
                await asyncio.sleep(0)
        self.derivation.end()

    async def _resume(self) -> None:
        """Go on behind the parts that the key in force signed, where the log still is the one that they end in."""
        if self._keys is None:
            return
        rows, in_force = await self.connection.fetch(STATEMENTS["parts"]), self._keys.in_force
        kept = await asyncio.to_thread(lambda: tuple(parts.following(map(Part.read, rows), in_force)))
        note = await self.connection.fetchrow(STATEMENTS["note"], kept[-1].end) if kept else None
        if note is None or not await self.continues(note["note"]):
            return
        if self._start.root != kept[-1].root:
            self._start = Growing()
            return
        self._parts = kept
        self.derivation, self._read = await asyncio.to_thread(parts.resumed, kept[-1].state)

    def told(self) -> SealedEvidence:
        """Return what was read."""
        unsealed = sum(one.last_seq - one.first_seq + 1 for leaf, one in self._sealed if leaf is None)
        counted = self._read._replace(
            records=self._read.records + self.report.records, hidden=self._read.hidden + self.report.purged
        ).spanning(batch for leaf, batch in self._sealed if leaf is not None)
        note = self.report.note or None
        return SealedEvidence(self.derivation, self._parts, self._of_exchange, note, counted, unsealed)

    def _copied(self) -> tuple[Any, ...]:
        statement, *places = super()._copied()
        return (STATEMENTS["verify_rows_seen"] if self.bound else statement, *places)

    async def _missing(self, start: int) -> None:
        if not self.bound:
            await super()._missing(start)
            return
        for row in await self.connection.fetch(STATEMENTS["sealed_heads"]):
            head = self.report.heads.get(row["writer"])
            if head is None or head.seq < row["seq"]:
                self._say(row["writer"], row["seq"], "seal", "records were sealed and are missing")

    def _keep(self, record: StoredRecord) -> None:
        super()._keep(record)
        if self.exchange or record.seq <= self._listed.get(record.writer, 0):
            self._derive(record)
        else:
            self._beyond.append(record)
        if record.seal is not None and self._unplaced:
            self._of_exchange += [_placed(one, made, record.seal, record.leaf) for one, made in self._unplaced]
            self._unplaced.clear()

    def _derive(self, record: StoredRecord) -> None:
        if record.purged:
            return
        made = self.derivation.add(record.writer, record.seq, record.hash, record.body)
        if made is not None and self.exchange and self.exchange in {record.exchange, made.late}:
            self._unplaced.append((record, made))


def _placed(record: StoredRecord, made: ReadRecord, seal: BatchSeal, leaf: int | None) -> Row:
    return row(made, record.prev, record.hash, seal, leaf)


def row(made: ReadRecord, prev: bytes, hashed: bytes, seal: BatchSeal, leaf: int | None) -> Row:
    """Return a record by ``RECORD``."""
    said, batch = made.columns, seal.batch
    return (
        made.writer, made.seq, instant(said.at), said.kind, said.exchange, said.attempt, said.tenant, said.activity,
        said.service, said.action, said.target, said.status, said.codes, said.revision, said.data_revision,
        orjson.dumps(made.facts).decode(), prev.hex(), hashed.hex(), batch.first_seq, batch.last_seq, batch.root.hex(),
        leaf,
    )  # fmt: skip
