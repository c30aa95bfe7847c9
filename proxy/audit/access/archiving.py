"""Writes a month of the log as Parquet, with what it takes to verify it, on a connection that acts as the reader.

A month ends with the first note over everything that was sealed before the next one begins. So the archives of
consecutive months have each record once, and one begins where the other ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import orjson

from proxy.audit.access import exporting, proving, whole
from proxy.audit.access.exporting import NamedAnswers, Stretch
from proxy.audit.records.derivation import EVENT as EVENT_COLUMNS
from proxy.audit.records.derivation import EXCHANGE, Derivation, Row
from proxy.audit.records.packing import unpacked
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification import columnar
from proxy.audit.verification.export import MANIFEST, RECORD_ROWS, SEAL_ROWS, ExportError, Manifest, written
from proxy.audit.verification.row_file import RowFile, WrittenFile
from proxy.audit.writing.session import STATEMENTS
from proxy.runtime import database, private

EVENT = "month_archived"
_SQL = database.statements(Path(__file__).with_name("archiving.sql"))
_GROUP = 16_384  # rows that are in memory, and in a group of the file
_GONE = frozenset({"writer", "seq", "hash", "purge"})
_ENDS = ("writer_started", "writer_closed")
_SETTLED = timedelta(days=1)  # by then every process has stored what it sealed, or is dead


class Month(NamedTuple):
    """A calendar month in UTC: its name (2026-05), and its bounds."""

    name: str
    since: datetime
    until: datetime

    @classmethod
    def parse(cls, text: str) -> Month:
        """Return the month of a name.

        Raises:
            ValueError: it is none.

        """
        since = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
        return cls(f"{since:%Y-%m}", since, (since + timedelta(days=31)).replace(day=1))


async def stretch(connection: asyncpg.Connection, month: Month, now: datetime) -> Stretch:
    """Return the stretch of the log that is a month's.

    Raises:
        ExportError: the month is not over for a day, nothing was sealed in it, or not all of it is under a note.
        ConfigurationError: the login does not read the whole log.

    """
    await database.require_all(connection)
    if now < month.until + _SETTLED:
        raise ExportError(f"{month.name} can be archived from {month.until + _SETTLED:%F} on")
    if await connection.fetchval(_SQL["not_listed"], month.until):
        raise ExportError("seals of that time are under no note yet: 'audit checkpoint' signs one")
    start, end = [await connection.fetchval(_SQL["noted_over"], at) for at in (month.since, month.until)]
    if start == end:
        raise ExportError(f"nothing was sealed in {month.name}")
    before = await connection.fetchrow(STATEMENTS["note"], start)
    if start and before is None:
        raise ExportError(f"the note over {start} seals is missing: 'audit verify' says more")
    chains = await connection.fetch(_SQL["chains"], start, end)
    records = sum(chain["last_seq"] - chain["first_seq"] + 1 for chain in chains)
    return Stretch(month.since, month.until, start, before["peaks"] if start else b"", end, records)


async def write(
    connection: asyncpg.Connection,
    folder: Path,
    month: Month,
    chosen: Stretch,
    signing: AuditSigningKey,
    tenants: Sequence[str] = (),
) -> Manifest:
    """Write all files of an archive but its manifest into a folder that is empty or new; return that, signed.

    Of records that are not of these ``tenants`` (none: all), nor open or close a chain, the hash alone is written.

    Raises:
        ExportError: the folder holds something, or the log is damaged.
        ProofError: the log is damaged.
        ConfigurationError: PyArrow is not installed.
        OSError: it cannot be written.

    """
    form = functools.partial(_files, tenants=frozenset(tenants))
    archive = await exporting.files(connection, folder, chosen, signing.verifier, form)
    manifest = replace(archive, month=month.name, tenants=tuple(sorted(tenants)))
    return replace(manifest, signature=signing.sign(manifest.signed_text))


def facts(manifest: Manifest) -> dict[str, Any]:
    """Return what the log says of an archive."""
    facts = {name: getattr(manifest, name) for name in ("month", "start", "end", "records", "rows", "tenants")}
    return facts | {"manifest_sha256": hashlib.sha256(written(manifest)).hexdigest()}


def complete(folder: Path, manifest: Manifest) -> None:
    """Make the folder an archive, once it is on record.

    Raises:
        OSError: the manifest cannot be written.

    """
    private.write(folder / MANIFEST, written(manifest))


async def _files(
    connection: asyncpg.Connection, folder: Path, chosen: Stretch, named: NamedAnswers, tenants: frozenset[str]
) -> dict[str, WrittenFile]:
    """Write the Parquet files."""
    chains = await connection.fetch(_SQL["chains"], chosen.start, chosen.end)
    places = [[chain[name] for chain in chains] for name in ("writer", "first_seq", "last_seq")]
    derived = Derivation()
    _derive(derived, await connection.fetch(_SQL["stated_before"], *places[:2], chosen.since))
    seals = _fetched(connection, _SQL["seals"], chosen.start, chosen.end)
    narrow = functools.partial(
        _narrowed, named, derived, tenants, {chain["writer"]: chain["first_seq"] for chain in chains}
    )
    files = {
        SEAL_ROWS: await _file(folder / SEAL_ROWS, columnar.SEALS, seals, _whole),
        RECORD_ROWS: await _file(folder / RECORD_ROWS, columnar.RECORDS, _records(connection, chains), narrow),
    }
    ended = [
        name for name, records in derived.opened.items() if any(record.columns.kind == "outcome" for record in records)
    ]
    begun = await connection.fetch(_SQL["begun_before"], ended, *places)
    bodies = await whole.documents(connection, [row["content"] for row in begun])
    _derive(derived, [{**row, "content": orjson.dumps(body)} for row, body in zip(begun, bodies, strict=True)])
    derived.end()
    for name, columns, rows in (("exchange", EXCHANGE, derived.exchanges), ("event", EVENT_COLUMNS, derived.events)):
        file = f"{name}.parquet"
        files[file] = await _file(folder / file, columns, _batches(rows))
    return files


def _derive(derived: Derivation, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        derived.add(row["writer"], row["seq"], row["hash"], unpacked(row["content"]))


async def _batches(rows: Sequence[Row]) -> AsyncIterator[Sequence[Row]]:
    for start in range(0, len(rows), _GROUP):
        yield rows[start : start + _GROUP]


async def _file(
    path: Path,
    columns: Mapping[str, str],
    rows: AsyncIterator[Sequence[Any]],
    change: Callable[[Sequence[Any]], Sequence[Any]] | None = None,
) -> WrittenFile:
    """Write rows as ``change`` makes them. Neither is done in the event loop's thread."""
    file = await asyncio.to_thread(RowFile, path, columns)
    with contextlib.closing(file):
        async for group in _groups(rows):
            ready = await asyncio.to_thread(change, group) if change is not None else group
            await asyncio.to_thread(file.add, ready)
        return await asyncio.to_thread(file.end)


async def _groups(rows: AsyncIterator[Sequence[Any]]) -> AsyncIterator[Sequence[Any]]:
    """Yield rows in groups that are worth it: a chain may be short."""
    waiting: list[Any] = []
    async for some in rows:
        waiting += some
        if len(waiting) >= _GROUP:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


async def _fetched(connection: asyncpg.Connection, sql: str, *values: Any) -> AsyncIterator[Sequence[Any]]:
    cursor = await connection.cursor(sql, *values)
    while rows := await cursor.fetch(_GROUP):
        yield rows


async def _records(connection: asyncpg.Connection, chains: Sequence[Mapping[str, Any]]) -> AsyncIterator[Sequence[Any]]:
    """Yield the records chain by chain, so that nothing has to be sorted."""
    for chain in chains:
        async for rows in _fetched(connection, _SQL["records"], chain["writer"], chain["first_seq"], chain["last_seq"]):
            yield rows


def _whole(seals: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    for seal in seals:
        if seal["head"] is None:
            raise ExportError(f"seal {seal['leaf']} of the log was removed: 'audit verify' says more")
    return seals


def _narrowed(
    named: NamedAnswers,
    derived: Derivation,
    tenants: frozenset[str],
    firsts: Mapping[str, int],
    rows: Sequence[Any],
) -> Sequence[Any]:
    """Return records as they are written, and derive what is derived of these tenants' own."""
    rows = [row if row["purge"] is not None else proving.with_body(row) for row in rows]
    shown = [not tenants or _is_shown(row, tenants) for row in rows]
    named.take(itertools.compress(rows, shown))
    _derive(derived, [row for row in rows if row["purge"] is None and (not tenants or row["tenant"] in tenants)])
    return [written_row(row, firsts, whole=whole) for row, whole in zip(rows, shown, strict=True)]


def written_row(record: Mapping[str, Any], firsts: Mapping[str, int], *, whole: bool = True) -> tuple[Any, ...]:
    """Return a record by ``columnar.RECORDS``; ``firsts``: where each chain begins in the file.

    The hash of a body follows from that and from the hash before: the latter is written where a chain begins, the
    former of records that are not ``whole`` or were purged, and so have no body.
    """
    if not whole or record["purge"] is not None:
        return tuple(record.get(name) if name in _GONE else None for name in columnar.RECORDS)
    follows = record["seq"] > firsts[record["writer"]]
    absent = {"hash", "prev"} if follows else {"hash"}
    return tuple(None if name in absent else record.get(name) for name in columnar.RECORDS)


def _is_shown(row: Mapping[str, Any], tenants: frozenset[str]) -> bool:
    """Whether a record is of these tenants, purged (then its hash alone is there), or an end of its chain."""
    return row["purge"] is not None or row["tenant"] in tenants or row["action"] in _ENDS
