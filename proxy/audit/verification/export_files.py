"""Reads the seals and records of an export, whichever kind of files holds them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson

from proxy.audit.records.record import columns_of, link
from proxy.audit.sealing.seal import Batch, BatchSeal
from proxy.audit.verification import columnar, export, proof
from proxy.audit.verification.export import ExportError, Manifest, PurgedRecord
from proxy.audit.verification.proof import ProvenRecord
from proxy.audit.verification.stored_record import SharedColumns, StoredRecord, TableColumns

_AT_ONCE = 4096
_NO_BODY = "has no body that is known"


class ListedSeal(NamedTuple):
    """A seal, its place in the log, and the size of the first note over it."""

    leaf: int
    noted: int
    seal: BatchSeal


class ExportFiles(Protocol):
    """Seals in the order of the log, and records by writer and seq.

    All raise ``ExportError``, ``KeyError``, ``TypeError``, ``ValueError`` or ``OSError`` where files have another form.
    """

    def seals(self) -> Iterator[ListedSeal]: ...
    def records(self) -> Iterator[StoredRecord | PurgedRecord]: ...


def opened(folder: Path, manifest: Manifest) -> ExportFiles:
    """Return the files of an export.

    Raises:
        ConfigurationError: it is an archive, and PyArrow is not installed.

    """
    return (
        RowFiles(folder, manifest.rows, narrowed=bool(manifest.tenants))
        if manifest.kind == export.ARCHIVE
        else LineFiles(folder)
    )


class LineFiles:
    """Lines of JSON."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seals(self) -> Iterator[ListedSeal]:
        """Yield the seals."""
        for row in lines(self._folder / export.SEALS):
            seal = proof.seal_read(row)
            yield ListedSeal(seal.leaf, int(row["noted"]), seal.seal)

    def records(self) -> Iterator[StoredRecord | PurgedRecord]:
        """Yield the records; their columns are what the bodies say."""
        for row in lines(self._folder / export.RECORDS):
            yield PurgedRecord.read(row) if "purge" in row else _stored(proof.record_read(row))


class RowFiles:
    """Parquet files, a group of rows in memory at a time."""

    def __init__(self, folder: Path, rows: Mapping[str, int], *, narrowed: bool = False) -> None:
        """``narrowed``: of records of some tenants, the hash alone is there."""
        self._folder, self._rows, self._narrowed = folder, rows, narrowed

    def seals(self) -> Iterator[ListedSeal]:
        """Yield the seals."""
        for leaf, noted, *batch, signature in self._read(export.SEAL_ROWS, columnar.SEALS):
            yield ListedSeal(leaf, noted, BatchSeal(Batch(*batch), signature))

    def records(self) -> Iterator[StoredRecord | PurgedRecord]:
        """Yield the records, with the columns beside the bodies; their hashes follow from these (``written_row``)."""
        before = ("", b"")  # whose record the last one was, and its hash
        for writer, seq, at, exchange, prev, hashed, body, purge, *rest in self._read(
            export.RECORD_ROWS, columnar.RECORDS
        ):
            if hashed is not None and (purge is not None or (body is None and self._narrowed)):
                before = writer, hashed
                yield PurgedRecord(writer, seq, hashed, purge or "")
                continue
            if body is None or (prev is None and before[0] != writer):
                raise ExportError(f"record {seq} of {writer} {_NO_BODY}")
            text, linked = body.encode(), before[1] if prev is None else prev
            before = writer, link(linked, text) if hashed is None else hashed
            shared = _shared(writer, TableColumns._make(rest))
            yield StoredRecord(seq, at, shared, exchange, linked, before[1], text)

    def _read(self, name: str, columns: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
        """Yield rows; times are in microseconds since 1970."""
        schema = columnar.schema(columns)
        with columnar.arrow().parquet.ParquetFile(self._folder / name) as file:
            if file.metadata.num_rows != self._rows[name]:
                raise ExportError(f"{name} has {file.metadata.num_rows} rows, not {self._rows[name]}")
            for batch in file.iter_batches(_AT_ONCE, columns=list(columns)):
                yield from zip(*_values(batch.select(list(columns)).cast(schema), columns), strict=True)


def _values(batch: Any, columns: Mapping[str, str]) -> Iterator[Sequence[Any]]:
    for name, of in columns.items():
        column = batch.column(name)
        yield (column.cast("int64") if of == "timestamptz" else column).to_pylist()


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of lines.

    Raises:
        ExportError: a line is none.

    """
    with path.open("rb") as file:
        for text in file:
            yield document(text)


def document(text: bytes) -> dict[str, Any]:
    """Return the object that a file or a line holds.

    Raises:
        ExportError: it is none.

    """
    try:
        document_read = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ExportError("a file of the export is not JSON") from error
    if not isinstance(document_read, dict):
        raise ExportError("a file of the export has another form")
    return document_read


_shared = functools.lru_cache(4096)(SharedColumns.of)


def _stored(record: ProvenRecord) -> StoredRecord:
    """Return a record as the database would have it; its columns are what the body says."""
    body = record.body.encode()
    try:
        columns = columns_of(orjson.loads(body[: body.index(b',"facts":')] + b"}"))
        alike = TableColumns._make(getattr(columns, name) for name in TableColumns._fields)
        shared = _shared(record.writer, alike)
        at, exchange = int(columns.at), str(columns.exchange)
    except (ValueError, KeyError, TypeError) as error:
        raise ExportError(f"record {record.seq} of {record.writer} {_NO_BODY}") from error
    return StoredRecord(record.seq, at, shared, exchange, record.prev, link(record.prev, body), body)
