"""Archives as the log: what a month's files make, verified and derived again from their records, as one part more.

Of what an archive holds, its records count, which seals of this very log cover. Its files of derived rows are for
others to read; they serve here for exchanges alone that began before anything that is read.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import orjson

from proxy.audit.records.derivation import Derivation, ReadRecord
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.sealing.seal import BatchSeal
from proxy.audit.sealing.succession import Succession
from proxy.audit.verification import columnar, export, offline, parts
from proxy.audit.verification.export import MANIFEST, ExportError, Manifest
from proxy.audit.verification.findings import Damage
from proxy.audit.verification.parts import COLUMNS, Part, RecordCount
from proxy.audit.verification.proof import ProvenRecord
from proxy.audit.verification.row_file import RowFile
from proxy.audit.verification.stored_record import StoredRecord

_GROUP = 16_384  # rows that are in memory, and in a group of the file


class RecordRun(NamedTuple):
    """Records of a chain, from one place to another."""

    writer: str
    first: int
    last: int


def merged(spans: Iterable[RecordRun]) -> list[RecordRun]:
    """Return spans in order, those that follow each other as one."""
    whole: list[RecordRun] = []
    for span in sorted(spans):
        if whole and (whole[-1].writer, whole[-1].last + 1) == (span.writer, span.first):
            whole[-1] = whole[-1]._replace(last=span.last)
        else:
            whole.append(span)
    return whole


class PlacedRecord(NamedTuple):
    """What a record says, with its hashes, and the seal over it at its place in the log."""

    derived: ReadRecord
    prev: bytes
    hash: bytes
    seal: BatchSeal
    leaf: int | None


class ArchivedMonth(NamedTuple):
    """The archive of a month, and the newest key of its time that is one of this log."""

    folder: Path
    manifest: Manifest
    key: VerifierKey

    @property
    def first(self) -> int:
        """The first of its leaves."""
        return self.manifest.start

    @property
    def end(self) -> int:
        """The leaf behind its last one."""
        return self.manifest.end

    def __str__(self) -> str:
        """Return what a statement calls it: the month, its leaves, and the SHA-256 of the manifest."""
        digest = hashlib.sha256(export.written(self.manifest)).hexdigest()
        return f"{self.manifest.month} {self.first}-{self.end} {digest}"


def opened(folders: Sequence[Path], line: Succession) -> list[ArchivedMonth]:
    """Return the archives in folders, in the order of the log whose keys are those of ``line``.

    Raises:
        ExportError: a folder holds no archive of this log and of all tenants; or two hold the same records.

    """
    months = sorted((_opened(folder, line) for folder in folders), key=lambda month: month.first)
    for before, month in itertools.pairwise(months):
        if month.first < before.end:
            raise ExportError(f"{before.folder} and {month.folder} hold the same records")
    return months


def _opened(folder: Path, line: Succession) -> ArchivedMonth:
    try:
        manifest = export.read((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise ExportError(f"{folder} holds no archive ({type(error).__name__})") from error
    if manifest.kind != export.ARCHIVE:
        raise ExportError(f"{folder} holds an export, not the archive of a month")
    if manifest.tenants:
        raise ExportError(f"{folder} has the records of some tenants alone, which answer nothing by themselves")
    keys = [speaker.key for speaker in line.line if str(speaker.key) in manifest.keys]
    if not keys or manifest.origin != line.origin:
        raise ExportError(f"{folder} is of another log")
    return ArchivedMonth(folder, manifest, keys[-1])


@dataclass
class ArchiveReading:
    """One reading of an archive, behind what a derivation knows of the log before it.

    ``of_exchange`` are the records of the exchange that is asked about; ``spans`` have bodies.
    """

    month: ArchivedMonth
    derivation: Derivation
    exchange: str = ""
    of_exchange: list[PlacedRecord] = field(default_factory=list)
    spans: list[RecordRun] = field(default_factory=list)
    _files: dict[str, RowFile] = field(default_factory=dict)
    _paths: dict[str, Path] = field(default_factory=dict)
    _unplaced: list[tuple[StoredRecord, ReadRecord]] = field(default_factory=list)
    _times: list[int] = field(default_factory=list)  # first and last of what was sealed, microseconds

    def derived(self) -> tuple[Part, Sequence[Damage]]:
        """Verify and derive everything; return the part that it makes, and what is wrong. Blocks: call it in a thread.

        Raises:
            ExportError, OSError, ConfigurationError: as ``offline.verify_export`` says.

        """
        kept, manifest = parts.files(), self.month.manifest
        for name, columns in COLUMNS.items():
            self._paths[name] = kept.path(secrets.token_hex(16))
            self._files[name] = RowFile(self._paths[name], columns)
        try:
            read, grown = offline.verified(self.month.folder, manifest, self.month.key, (), self)
            self.derivation.end()
            self._begun_before()
            self._write(0)
            sheets = [self._files[name].end() for name in COLUMNS]
        finally:
            for file in self._files.values():
                file.close()
        for name, sheet in zip(COLUMNS, sheets, strict=True):
            self._paths[name].rename(kept.path(sheet.sha256))
        state = zlib.compress(orjson.dumps(self.derivation.state()))
        counted = RecordCount(read.records, read.purged + read.withheld, *(self._times or (0, 0)))
        part = Part(
            manifest.start, manifest.end, manifest.before.root, grown.root, sheets[0].rows, counted.records,
            counted.hidden, self.derivation.left_out, counted.first_at, counted.last_at,
            [*(sheet.sha256 for sheet in sheets), hashlib.sha256(state).hexdigest()],
        )  # fmt: skip
        kept.keep(part, state)
        return part, read.damages

    def state(self, record: ProvenRecord) -> None:
        """Take an answer that was stated before the month."""
        self.derivation.add(record.writer, record.seq, record.hash, record.body.encode())

    def take(self, record: StoredRecord) -> None:
        """Take the next record of a chain."""
        if not record.purged:
            self._derive(record)
        if record.seal is None:
            return
        batch = record.seal.batch
        first, last = self._times or (batch.first_at, batch.last_at)
        self._times = [min(first, batch.first_at), max(last, batch.last_at)]
        self.of_exchange += [
            PlacedRecord(derived, item.prev, item.hash, record.seal, record.leaf) for item, derived in self._unplaced
        ]
        self._unplaced.clear()

    def _derive(self, record: StoredRecord) -> None:
        before = self.spans[-1] if self.spans else RecordRun("", 0, 0)
        if (before.writer, before.last + 1) == (record.writer, record.seq):
            self.spans[-1] = before._replace(last=record.seq)
        else:
            self.spans.append(RecordRun(record.writer, record.seq, record.seq))
        derived = self.derivation.add(record.writer, record.seq, record.hash, record.body)
        if derived is not None and self.exchange and self.exchange in {record.exchange, derived.late}:
            self._unplaced.append((record, derived))
        self._write(_GROUP)

    def _write(self, most: int) -> None:
        """Write rows of which there are more."""
        for name, rows in (("exchange", self.derivation.exchanges), ("event", self.derivation.events)):
            if len(rows) > most:
                self._files[name].add(rows)
                rows.clear()

    def _begun_before(self) -> None:
        """Take the archive's row of an exchange that ended here and of which nothing tells how it began."""
        opened = self.derivation.opened
        lost = [
            name for name, records in opened.items() if all(record.columns.kind != "decision" for record in records)
        ]
        if not lost:
            return
        narrow = [("exchange", "in", lost)]
        table = columnar.arrow().parquet.read_table(self.month.folder / "exchange.parquet", filters=narrow)
        same = table.schema.equals(columnar.schema(COLUMNS["exchange"]))
        rows = {row["exchange"]: row for row in table.to_pylist()} if same else {}
        for name in lost:
            del opened[name]
            if name in rows:
                self.derivation.exchanges.append(tuple(rows[name].values()))
            else:
                self.derivation.left_out += 1
