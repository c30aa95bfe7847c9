"""Reads the log for a question: every record is verified as 'audit verify' does it, and rows are derived from it.

What a question is answered from is a function of what was verified here. A log that is damaged answers nothing. Leaves
that signed parts cover are not read again (``parts``); what lies between and behind them is.
A login that is bound to some tenants reads their records and the hashes of all others, which their seals need.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from proxy.audit.records import derivation
from proxy.audit.records.derivation import EVENT, Derivation, ReadRecord, Row
from proxy.audit.records.record import instant
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.sealing.seal import BatchSeal
from proxy.audit.sealing.succession import Succession
from proxy.audit.sealing.tree import Growing
from proxy.audit.sealing.tree_proof import perfect_ranges
from proxy.audit.upkeep.log_tree import LogGapError, LogTree
from proxy.audit.verification import archived, columnar, parts, purge_check
from proxy.audit.verification.archived import ArchivedMonth, ArchiveReading, RecordRun
from proxy.audit.verification.export import ExportError
from proxy.audit.verification.findings import Damage, VerificationReport
from proxy.audit.verification.parts import COLUMNS, Part, PartContents, RecordCount
from proxy.audit.verification.purge_check import PurgeCheck
from proxy.audit.verification.since import VerificationSince
from proxy.audit.verification.stored_record import StoredRecord
from proxy.audit.verification.verify import AT_ONCE, NO_END, Verification
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import ProxyError

#: Columns of the records of the exchange that is asked about.
RECORD: Mapping[str, str] = derivation.typed((
    "writer", "seq", "at", "kind", "exchange", "attempt", "tenant", "activity", "service", "action", "target", "status",
    "codes", "revision", "data_revision", "facts", "prev", "hash", "first_seq", "last_seq", "seal_root", "leaf",
)) | dict.fromkeys(("attempt", "first_seq", "last_seq", "leaf"), "int8")  # fmt: skip
_EVENT, _AT, _TENANT, _TARGET, _FACTS = (
    list(EVENT).index(name) for name in ("event", "at", "tenant", "target", "facts")
)
_DAY = timedelta(days=2)
#: A size: of newer records that are in no part yet, none is read where they are more than so many (a second of CPU).
PROMPT, MOST_BEHIND = -1, 3_000
_JUDGED = frozenset({purge_check.EVENT, "hold_requested", "hold_placed", "hold_released"})


class EvidenceDamagedError(ProxyError):
    """The log is not what was sealed, so nothing can be stated from it; 'audit verify' says more."""

    status = 409
    code = "evidence_damaged"


@dataclass(frozen=True, slots=True)
class SealedEvidence:
    """What was derived from verified records beside the ``parts``, and how far all goes.

    ``records`` are those of the exchange that was asked about, by ``RECORD``. ``unsealed`` records are not under the
    ``note`` yet; of ``hidden`` ones, purged or of other tenants, the hash alone was read. ``archives`` made parts, too,
    of records in ``spans``.
    """

    derived: Derivation
    parts: Sequence[Part]
    records: Sequence[Sequence[Any]]
    note: str | None
    read: RecordCount
    unsealed: int
    archives: Sequence[ArchivedMonth] = ()
    spans: Sequence[RecordRun] = ()
    unread: int = 0  # newer records, which were left for later

    @property
    def tables(self) -> dict[str, Any]:
        """The rows that were derived now, by relation."""
        rows = {"exchange": self.derived.exchanges, "event": self.derived.events}
        return {name: columnar.table(COLUMNS[name], rows[name]) for name in COLUMNS}

    @property
    def files(self) -> dict[str, list[Path]]:
        """The rows of parts, by relation."""
        return parts.files().tables(self.parts)

    @property
    def left_out(self) -> int:
        """How many records and exchanges could not be read."""
        return self.derived.left_out + sum(part.left_out for part in self.parts)


async def read(
    connection: asyncpg.Connection,
    trusted: VerifierKey | None,
    exchange: str = "",
    *,
    bound: bool = False,
    size: int | None = None,
    archives: Sequence[Path] = (),
) -> SealedEvidence:
    """Return what the whole log says, within a transaction that sees one moment of it.

    Without a key nobody vouches for seals and parts, and the chains alone are followed. With an ``exchange`` its
    records are returned too, and no part is used that may hold one of them. ``bound``: the login reads some tenants,
    and no part. ``size``: only what is under so many seals of the log, without parts; or ``PROMPT``. ``archives``:
    folders with months that are read in place of what the database has of them.

    Raises:
        EvidenceDamagedError: a record, a seal or the log is not what was sealed.
        ExportError: a folder holds no archive of this log; or this login may not read the whole log, or has no key.

    """
    reading = LogReading(connection, trusted, exchange, bound=bound)
    async with reading.opened():
        months = reading.months(archives)
        kept = await reading.parts() if size in {None, PROMPT} and not bound else []
        end, unread = NO_END if size in {None, PROMPT} else size, 0
        if size == PROMPT and trusted is not None and not bound and not months:
            kept, end, unread = await reading.prompt(kept)
        return replace(reading.sealed(await reading.beside([*kept, *months], end)), unread=unread)


async def recomputed(connection: asyncpg.Connection, trusted: VerifierKey) -> list[Damage]:
    """Derive everything that parts hold again, one by one, and name the relations of which they hold other rows.

    None of a damaged log, of which the damage is named already.
    """
    differing: set[str] = set()
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            reading = LogReading(connection, trusted)
            async with reading.opened():
                derived, size = Derivation(), 0
                for part in await reading.parts():
                    for end in (part.first, part.end):
                        if end > size:
                            derived = (await reading.between(size, Derivation.resumed(derived.state()), end)).derivation
                            size = end
                    differing |= await asyncio.to_thread(_differing, part, derived)
    except EvidenceDamagedError:
        return []
    return [
        Damage("", 0, "protection", f"parts of the log hold other rows of {name} than its records make")
        for name in sorted(differing)
    ]


def _differing(part: Part, derived: Derivation) -> set[str]:
    order, files = [("writer", "ascending"), ("seq", "ascending")], parts.files().tables([part])
    rows = {"exchange": derived.exchanges, "event": derived.events}
    kept = {name: columnar.arrow().parquet.read_table(files[name][0]).sort_by(order) for name in COLUMNS}
    return {name for name in COLUMNS if not kept[name].equals(columnar.table(COLUMNS[name], rows[name]).sort_by(order))}


class LogReading:
    """One reading in the making: what parts hold, and stretches of the log that are read beside them."""

    def __init__(
        self, connection: asyncpg.Connection, trusted: VerifierKey | None, exchange: str = "", *, bound: bool = False
    ) -> None:
        self.connection, self.exchange, self.bound = connection, exchange, bound
        self._whole = Verification(connection, VerificationReport(), trusted)
        self._log = LogTree(connection, trusted.origin) if trusted is not None else None
        self._read: list[EvidenceReading] = []
        self._archives: list[ArchiveReading] = []

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Name what cannot be read, and find nothing damaged.

        Raises:
            EvidenceDamagedError: something is.

        """
        async with self._whole.readable():
            await self._whole.keys()
            try:
                yield
            except LogGapError as error:
                self._whole.report.damages.append(Damage("", 0, "checkpoint", str(error)))
        self._undamaged()

    def _undamaged(self) -> None:
        if damages := self._whole.report.damages:
            first = damages[0]
            where = f"{first.writer} {first.seq}: " if first.writer else ""
            raise EvidenceDamagedError(f"the log is damaged, so nothing can be stated: {where}{first.detail}")

    def months(self, folders: Sequence[Path]) -> list[ArchivedMonth]:
        """Return the archives in folders; errors as ``read``."""
        if not folders:
            return []
        if self.bound or self._whole.line is None:
            raise ExportError("archives are read by accounts that read the whole log and have the audit signing key")
        return archived.opened(folders, self._whole.line)

    async def parts(self) -> list[Part]:
        """Return the parts that are this log's, in their order; each is in the files of this process.

        Of those that hold a record of the exchange that is asked about, none.
        """
        if self._log is None or self._whole.line is None:
            return []
        rows = [Part.of_row(row) for row in await self.connection.fetch(STATEMENTS["parts"])]
        first = await self.connection.fetchval(STATEMENTS["first_leaf_of"], self.exchange) if self.exchange else None
        signed = [part for run in parts.runs(rows, self._whole.line.in_force) for part in run]
        noted = await self.connection.fetch(STATEMENTS["noted_sizes"], [part.end for part in signed])
        ends, lost = {row["size"] for row in noted}, await self._lost(signed)
        kept = [
            part for part in signed if part not in lost and part.end in ends and (first is None or part.end <= first)
        ]
        grouped = parts.runs(kept, self._whole.line.in_force)
        return [part for run in grouped if await self._is_of_log(run) for part in run]

    async def _lost(self, signed: Sequence[Part]) -> list[Part]:
        """Fetch the contents that are not in files yet; return the parts that have others than were signed."""
        files, lost = parts.files(), []
        for part in await asyncio.to_thread(files.missing, signed):
            row = await self.connection.fetchrow(STATEMENTS["part_contents"], part.first)
            if row is None or not await asyncio.to_thread(files.load, part, PartContents(*row)):
                lost.append(part)
        return lost

    async def _is_of_log(self, run: Sequence[Part]) -> bool:
        stored_size = await self.connection.fetchval(STATEMENTS["listed_size"])
        if stored_size < run[-1].end:
            what = f"the log holds {stored_size} seals, and {run[-1].end} were signed: its newest records are gone"
            raise LogGapError(what)
        ends = ((run[0].first, run[0].start), (run[-1].end, run[-1].root))
        return all([(await self.grown(size)).root == root for size, root in ends])

    async def prompt(self, kept: list[Part]) -> tuple[list[Part], int, int]:
        """Return the parts to read, how far to read, and how many records are left for later, because they are many."""
        first: list[Part] = []
        for part in kept:
            if part.first != (first[-1].end if first else 0):
                break
            first.append(part)
        end = first[-1].end if first else 0
        behind: int = await self.connection.fetchval(STATEMENTS["records_behind"], end)
        return (first, end, behind) if behind > MOST_BEHIND else (kept, NO_END, 0)

    async def grown(self, size: int) -> Growing:
        """Return the log as it was at a size."""
        return Growing(size, list(await self._log.roots(perfect_ranges(size)))) if self._log is not None else Growing()

    async def beside(self, kept: Sequence[Part | ArchivedMonth], end: int) -> list[Part]:
        """Read what lies before, between and behind parts and archives; return the parts that were used.

        A part that holds some of what an archive does is not.
        """
        months = [part for part in kept if isinstance(part, ArchivedMonth)]
        used: list[Part] = []
        for part in sorted(kept, key=lambda part: part.first):
            if isinstance(part, Part) and any(part.overlaps(month.first, month.end) for month in months):
                continue
            before = used[-1] if used else None
            if part.first > (size := before.end if before is not None else 0):
                await self.between(size, await self.behind(before), part.first)
            used.append(part if isinstance(part, Part) else await self._archive(part, before))
        last = used[-1] if used else None
        await self.between(last.end if last is not None else 0, await self.behind(last), end)
        await self._purges(used)
        return used

    async def _archive(self, month: ArchivedMonth, before: Part | None) -> Part:
        """Return the part that an archive makes behind another.

        Raises:
            EvidenceDamagedError: it is not what was sealed, or not of this log.

        """
        archive = ArchiveReading(month, await self.behind(before), self.exchange)
        part, damages = await asyncio.to_thread(archive.derived)
        self._whole.report.damages += [replace(damage, detail=f"{month.folder}: {damage.detail}") for damage in damages]
        self._undamaged()
        if not await self._is_of_log([part]):
            raise LogGapError(f"{month.folder} is not what this log has in its place")
        self._archives.append(archive)
        return part

    async def behind(self, part: Part | None) -> Derivation:
        """Return a derivation that goes on behind a part, or begins with the log."""
        return Derivation() if part is None else await asyncio.to_thread(parts.files().state, part)

    async def between(self, size: int, derived: Derivation, end: int) -> EvidenceReading:
        """Read and verify what the log holds from a place to another, where a note is, or to its end.

        Raises:
            EvidenceDamagedError: it is not what was sealed.

        """
        stretch = EvidenceReading(
            self.connection, self._whole.report, self._whole.trusted, derivation=derived, exchange=self.exchange,
            bound=self.bound, end=end,
        )  # fmt: skip
        await stretch.all(self._whole.line, await self.grown(size))
        stretch.derivation.end()
        self._undamaged()
        self._read.append(stretch)
        return stretch

    async def _purges(self, used: Sequence[Part]) -> None:
        """Judge the purges of which hashes were read, by certificates that were."""
        purged = [row for stretch in self._read for row in stretch.purged]
        if not purged or self.bound or self._log is None:
            return
        check = PurgeCheck()
        events = [row for stretch in self._read for row in stretch.derivation.events]
        files = parts.files().tables(used)["event"]
        events += await asyncio.to_thread(_judging, files)
        for row in sorted((row for row in events if row[_EVENT] in _JUDGED), key=lambda row: row[_AT]):
            facts = orjson.loads(row[_FACTS])
            if row[_EVENT] == purge_check.EVENT:
                check.certify(row[_TARGET], (row[0], row[1]), row[_AT], facts)
            else:
                check.hold(row[_AT], row[_EVENT], row[_TENANT], facts)
        asked = await self.connection.fetch(STATEMENTS["purges_of"], *zip(*purged, strict=True))
        await self._whole.judged(check, {row["purge"] for row in asked})

    def sealed(self, kept: Sequence[Part]) -> SealedEvidence:
        """Return what was read."""
        report, derived = self._whole.report, self._read[-1].derivation
        for stretch in self._read[:-1]:  # what had not ended there is in the part behind
            derived.exchanges += stretch.derivation.exchanges
            derived.events += stretch.derivation.events
            derived.left_out += stretch.derivation.left_out
        counted = RecordCount(report.records, report.purged).with_others(
            [*(stretch.span for stretch in self._read), *(part.read for part in kept)]
        )
        of_exchange = [row for stretch in self._read for row in stretch.of_exchange]
        of_exchange += [row(*part) for archive in self._archives for part in archive.of_exchange]
        spans = archived.merged(span for archive in self._archives for span in archive.spans)
        return SealedEvidence(
            derived, kept, of_exchange, report.note or None, counted, self._read[-1].unsealed,
            [archive.month for archive in self._archives], spans,
        )  # fmt: skip


def _judging(files: Sequence[Path]) -> list[Row]:
    """Return the events of parts that purges are judged by."""
    narrow = [("event", "in", sorted(_JUDGED))]
    tables = (columnar.arrow().parquet.read_table(file, filters=narrow) for file in files)
    return [tuple(row.values()) for table in tables for row in table.to_pylist()]


@dataclass
class EvidenceReading(VerificationSince):
    """The reading of one stretch of the log."""

    exchange: str = ""
    bound: bool = False
    derivation: Derivation = field(default_factory=Derivation)
    of_exchange: list[Row] = field(default_factory=list)  # by ``RECORD``
    purged: list[tuple[str, int, int]] = field(default_factory=list)  # writers and places of which hashes are left
    _unplaced: list[tuple[StoredRecord, ReadRecord]] = field(default_factory=list)  # of it, whose seal is still to come
    _listed: Mapping[str, int] = field(default_factory=dict)  # how far a note covers each chain
    _ends: Mapping[str, int] = field(default_factory=dict)  # and how far seals do
    _beyond: list[StoredRecord] = field(default_factory=list)  # under no note yet

    async def all(self, keys: Succession | None, start: Growing) -> None:
        """Read and verify everything between."""
        self._keys, self._start = keys, start
        await self.chains()
        await self.tree([])
        for number, record in enumerate(self._beyond):
            self._derive(record)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)

    @property
    def span(self) -> RecordCount:
        """Of which time the seals are that a note covers."""
        covered = [batch for leaf, batch in self._sealed if leaf is not None]
        first = min((batch.first_at for batch in covered), default=0)
        return RecordCount(0, 0, first, max((batch.last_at for batch in covered), default=0))

    @property
    def unsealed(self) -> int:
        """How many records are under no note yet."""
        return sum(seal.last_seq - seal.first_seq + 1 for leaf, seal in self._sealed if leaf is None)

    async def _chains_read(self) -> Sequence[Mapping[str, Any]]:
        since = self._since.date() - _DAY if self._since is not None else None
        size = self._start.size
        rows: list[asyncpg.Record] = await self.connection.fetch(STATEMENTS["chains_between"], size, self.end, since)
        self._listed = {row["writer"]: row["listed"] for row in rows}
        self._ends = {row["writer"]: row["last"] for row in rows}
        return rows

    def _copied(self) -> tuple[Any, ...]:
        statement, writers, places, _ = super()._copied()
        if self.bound:
            return STATEMENTS["verify_rows_seen"], writers, places
        ends = [NO_END if self.end == NO_END else self._ends[writer] for writer in writers]
        return statement, writers, places, ends

    async def _missing(self, _: int) -> None:
        for writer, last in self._ends.items():
            head = self.report.heads.get(writer)
            if head is None or head.seq < last:
                self._say(writer, last, "seal", "records were sealed and are missing")

    def _keep(self, record: StoredRecord) -> None:
        self.report.records += 1
        if record.purged:
            self.report.purged += 1
            self._purged_at(record)
        elif self.exchange or record.seq <= self._listed.get(record.writer, 0):
            self._derive(record)
        else:
            self._beyond.append(record)
        if record.seal is not None:
            self._sealed.append((record.leaf, record.seal.batch))
            self.of_exchange += [
                row(derived, part.prev, part.hash, record.seal, record.leaf) for part, derived in self._unplaced
            ]
            self._unplaced.clear()

    def _purged_at(self, record: StoredRecord) -> None:
        before = self.purged[-1] if self.purged else ("", 0, 0)
        if before[0] == record.writer and before[2] + 1 == record.seq:
            self.purged[-1] = (record.writer, before[1], record.seq)
        else:
            self.purged.append((record.writer, record.seq, record.seq))

    def _derive(self, record: StoredRecord) -> None:
        derived = self.derivation.add(record.writer, record.seq, record.hash, record.body)
        if derived is not None and self.exchange and self.exchange in {record.exchange, derived.late}:
            self._unplaced.append((record, derived))


def row(derived: ReadRecord, prev: bytes, hashed: bytes, seal: BatchSeal, leaf: int | None) -> Row:
    """Return a record by ``RECORD``."""
    columns, batch = derived.columns, seal.batch
    return (
        derived.writer, derived.seq, instant(columns.at), columns.kind, columns.exchange, columns.attempt,
        columns.tenant, columns.activity, columns.service, columns.action, columns.target, columns.status,
        columns.codes, columns.revision, columns.data_revision, orjson.dumps(derived.facts).decode(), prev.hex(),
        hashed.hex(), batch.first_seq, batch.last_seq, batch.root.hex(), leaf,
    )  # fmt: skip
