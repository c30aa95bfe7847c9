"""Writes a stretch of the log into a folder, on a connection that acts as the reader, row by row."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from proxy.audit.access import proving
from proxy.audit.records import answers
from proxy.audit.sealing import seal
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.sealing.succession import Succession
from proxy.audit.sealing.tree_proof import consistency_ranges
from proxy.audit.upkeep.log_tree import LogTree
from proxy.audit.verification import export, proof
from proxy.audit.verification.export import (
    CONTEXT,
    MANIFEST,
    NOTES,
    RECORD_ROWS,
    RECORDS,
    ROWS,
    SEALS,
    ExportError,
    Manifest,
    PurgedRecord,
)
from proxy.audit.verification.proof import ExchangeProof, ProvenRecord, ProvenSeal
from proxy.audit.verification.row_file import WrittenFile
from proxy.audit.writing.session import STATEMENTS
from proxy.runtime import database, private

_PREFETCH = 2_000


class Stretch(NamedTuple):
    """What was sealed from ``since`` to ``until``, and more: from one note, with its peaks, to another."""

    since: datetime | None
    until: datetime | None
    start: int
    peaks: bytes
    end: int
    records: int


async def stretch(connection: asyncpg.Connection, since: datetime | None, until: datetime | None) -> Stretch:
    """Return the stretch of the log that holds what was sealed in a time.

    Raises:
        ExportError: nothing under a note was.
        ConfigurationError: the login does not read the whole log.

    """
    await database.require_all(connection)
    row = await connection.fetchrow(STATEMENTS["stretch"], since, until)
    if row is None or row["end"] is None:
        raise ExportError("no note covers anything that was sealed then")
    return Stretch(since, until, row["start"] or 0, row["peaks"] or b"", row["end"], row["records"])


class NamedAnswers:
    """The answers that records of the stretch name and that were stated before it, and the purges of others."""

    def __init__(self) -> None:
        self.before: list[proving.Naming] = []
        self.purges: set[str] = set()
        self._exported: set[tuple[str, str]] = set()  # writer, digest

    def take(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take the next records of their chains."""
        for row in rows:
            if row["purge"] is not None:
                self.purges.add(str(row["purge"]))
            else:
                self._feed(row)

    def _feed(self, row: Mapping[str, Any]) -> None:
        if answers.states(row["kind"], row["action"]):
            self._exported.add((row["writer"], row["target"]))
        if any((row["writer"], digest) not in self._exported for digest in answers.named(row["body"].encode())):
            named = proving.naming([row])
            self.before += named
            self._exported |= {(writer, digest) for writer, _, digest, _ in named}


#: Writes the seals and records of a stretch, and what else there is of it, as files of some form.
FormWriter = Callable[[asyncpg.Connection, Path, Stretch, NamedAnswers], Awaitable[dict[str, WrittenFile]]]


async def write(connection: asyncpg.Connection, folder: Path, chosen: Stretch, trusted: VerifierKey) -> Manifest:
    """Export a stretch of the log as lines of JSON into a folder that is empty or new.

    Raises:
        ExportError: the folder holds something.
        ProofError: the log is damaged.
        OSError: it cannot be written.

    """
    manifest = await files(connection, folder, chosen, trusted, _lines)
    private.write(folder / MANIFEST, export.written(manifest))
    return manifest


async def files(
    connection: asyncpg.Connection, folder: Path, chosen: Stretch, trusted: VerifierKey, form: FormWriter
) -> Manifest:
    """Write all files of an export but the manifest; return that.

    Raises:
        As ``write`` says, and as the form does.

    """
    _prepare(folder)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        named = NamedAnswers()
        sheets = await form(connection, folder, chosen, named)
        sheets[NOTES] = await _file(folder / NOTES, _notes(connection, chosen))
        context, growth = await _context(connection, chosen, named, trusted)
        sheets[CONTEXT] = await _file(folder / CONTEXT, _once(proof.written(context)))
        keys = Succession.of(trusted, await connection.fetch(STATEMENTS["verify_keys"]))
    since, until = export.asked(chosen.since), export.asked(chosen.until)
    return Manifest(
        trusted.origin, since, until, chosen.start, chosen.end, _text(chosen.peaks), tuple(map(_text, growth)),
        tuple(str(speaker.key) for speaker in keys.line),
        next(sheets[name].rows for name in (RECORDS, RECORD_ROWS) if name in sheets),
        {name: sheet.sha256 for name, sheet in sheets.items()},
        rows={name: sheets[name].rows for name in ROWS if name in sheets},
    )  # fmt: skip


async def _lines(
    connection: asyncpg.Connection, folder: Path, chosen: Stretch, named: NamedAnswers
) -> dict[str, WrittenFile]:
    return {
        SEALS: await _file(folder / SEALS, _seals(connection, chosen)),
        RECORDS: await _file(folder / RECORDS, _records(connection, chosen, named)),
    }


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise ExportError(f"{folder} is not empty")


async def _file(path: Path, rows: AsyncIterator[bytes]) -> WrittenFile:
    """Write one line for each row."""
    number, digest = 0, hashlib.sha256()
    with private.opened(path, "xb") as out:
        async for text in rows:
            digest.update(text)
            out.write(text)
            number += 1
    return WrittenFile(number, digest.hexdigest())


async def _seals(connection: asyncpg.Connection, chosen: Stretch) -> AsyncIterator[bytes]:
    listed = connection.cursor(STATEMENTS["listed_seals"], chosen.start, chosen.end, prefetch=_PREFETCH)
    async for row in listed:
        if row["head"] is None:
            raise ExportError(f"seal {row['leaf']} of the log was removed: 'audit verify' says more")
        sealed = proof.seal_written(ProvenSeal(seal.read(row), row["leaf"], ()))
        yield export.line(sealed | {"noted": row["noted"]})


async def _records(connection: asyncpg.Connection, chosen: Stretch, named: NamedAnswers) -> AsyncIterator[bytes]:
    sealed = connection.cursor(STATEMENTS["records_of_seals"], chosen.start, chosen.end, prefetch=_PREFETCH)
    async for row in sealed:
        if row["purge"] is not None:
            named.take([row])
            yield export.line(PurgedRecord(row["writer"], row["seq"], row["hash"], str(row["purge"])).written())
            continue
        stored = proving.with_body(row)
        named.take([stored])
        record = ProvenRecord(row["writer"], row["seq"], row["prev"], stored["body"], ())
        yield export.line(proof.record_written(record))


async def _notes(connection: asyncpg.Connection, chosen: Stretch) -> AsyncIterator[bytes]:
    for row in await connection.fetch(STATEMENTS["notes_between"], chosen.start, chosen.end):
        yield export.line({"size": row["size"], "note": row["note"]})


async def _context(
    connection: asyncpg.Connection, chosen: Stretch, named: NamedAnswers, trusted: VerifierKey
) -> tuple[ExchangeProof, Sequence[bytes]]:
    """Return what else it takes, as a proof under a note that may be later, and how the log grew from the end to that.

    It is the opening records of all chains of the stretch, changes of keys, stated answers, certificates of purges.
    """
    stated = await proving.stated(connection, named.before)
    stated += await proving.fetched(connection, "certificates_of_purges", list(named.purges))
    writers = [
        row["writer"] for row in await connection.fetch(STATEMENTS["writers_of_seals"], chosen.start, chosen.end)
    ]
    writers += [row["writer"] for row in stated]
    rows = [*await proving.fetched(connection, "openings_and_key_changes", writers), *stated]
    sealed = await proving.over(connection, rows)
    last = max([chosen.end - 1, *(item["leaf"] for item in sealed.values())])
    size, note = await proving.covering(connection, trusted, last)
    log = proving.SizedLog(trusted.origin, size)
    records, seals = await proving.placed(connection, rows, sealed, log)
    growth = await LogTree(connection, log.origin).roots(consistency_ranges(chosen.end, size))
    return ExchangeProof(log.origin, "", records, seals, note), growth


async def _once(text: bytes) -> AsyncIterator[bytes]:
    yield text


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
