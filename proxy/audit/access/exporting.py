"""Writes a stretch of the log into a folder, on a connection that acts as the reader, row by row."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
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
    FILES,
    MANIFEST,
    NOTES,
    RECORDS,
    SEALS,
    ExportError,
    Manifest,
    PurgedRecord,
)
from proxy.audit.verification.proof import ProvenRecord, ProvenSeal
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


async def write(connection: asyncpg.Connection, folder: Path, chosen: Stretch, trusted: VerifierKey) -> Manifest:
    """Export a stretch of the log into a folder that is empty or new.

    Raises:
        ExportError: the folder holds something.
        ProofError: the log is damaged.
        OSError: it cannot be written.

    """
    _prepare(folder)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        size, note = await proving.covering(connection, trusted, chosen.end - 1)
        grown = await LogTree(connection, trusted.origin).roots(consistency_ranges(chosen.end, size))
        named = _Named()
        counts = {
            SEALS: await _file(folder / SEALS, _seals(connection, chosen)),
            RECORDS: await _file(folder / RECORDS, _records(connection, chosen, named)),
            NOTES: await _file(folder / NOTES, _notes(connection, chosen)),
        }
        stated = await proving.stated(connection, named.before)
        stated += await connection.fetch(STATEMENTS["certificates_of_purges"], list(named.purges))
        context = await _context(connection, chosen, stated, proving.SizedLog(trusted.origin, size), note)
        counts[CONTEXT] = await _file(folder / CONTEXT, _once(context))
        keys = Succession.of(trusted, await connection.fetch(STATEMENTS["verify_keys"]))
    since, until = export.asked(chosen.since), export.asked(chosen.until)
    manifest = Manifest(
        trusted.origin, since, until, chosen.start, chosen.end, _text(chosen.peaks), tuple(map(_text, grown)),
        tuple(str(one.key) for one in keys.line), counts[RECORDS][0],
        {name: counts[name][1] for name in FILES},
    )  # fmt: skip
    private.write(folder / MANIFEST, export.written(manifest))
    return manifest


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise ExportError(f"{folder} is not empty")


async def _file(path: Path, rows: AsyncIterator[bytes]) -> tuple[int, str]:
    """Write one line for each row; return how many, and the file's SHA-256 in hex."""
    number, digest = 0, hashlib.sha256()
    with private.opened(path, "xb") as out:
        async for text in rows:
            digest.update(text)
            out.write(text)
            number += 1
    return number, digest.hexdigest()


async def _seals(connection: asyncpg.Connection, chosen: Stretch) -> AsyncIterator[bytes]:
    listed = connection.cursor(STATEMENTS["listed_seals"], chosen.start, chosen.end, prefetch=_PREFETCH)
    async for row in listed:
        if row["head"] is None:
            raise ExportError(f"seal {row['leaf']} of the log was removed: 'audit verify' says more")
        sealed = proof.seal_written(ProvenSeal(seal.read(row), row["leaf"], ()))
        yield export.line(sealed | {"noted": row["noted"]})


class _Named:
    """The answers that records of the stretch name and that were stated before it, and the purges of others."""

    def __init__(self) -> None:
        self.before: list[proving.Naming] = []
        self.purges: set[str] = set()
        self._known: set[tuple[str, str]] = set()  # writer, digest

    def feed(self, row: Mapping[str, Any]) -> None:
        """Take the next record of its chain."""
        if answers.states(row["kind"], row["action"]):
            self._known.add((row["writer"], row["target"]))
        if any((row["writer"], digest) not in self._known for digest in answers.named(row["body"].encode())):
            named = proving.naming([row])
            self.before += named
            self._known |= {(writer, digest) for writer, _, digest, _ in named}


async def _records(connection: asyncpg.Connection, chosen: Stretch, named: _Named) -> AsyncIterator[bytes]:
    sealed = connection.cursor(STATEMENTS["records_of_seals"], chosen.start, chosen.end, prefetch=_PREFETCH)
    async for row in sealed:
        if row["purge"] is not None:
            named.purges.add(str(row["purge"]))
            yield export.line(PurgedRecord(row["writer"], row["seq"], row["hash"], str(row["purge"])).written())
            continue
        named.feed(row)
        record = ProvenRecord(row["writer"], row["seq"], row["prev"], row["body"], ())
        yield export.line(proof.record_written(record))


async def _notes(connection: asyncpg.Connection, chosen: Stretch) -> AsyncIterator[bytes]:
    for row in await connection.fetch(STATEMENTS["notes_between"], chosen.start, chosen.end):
        yield export.line({"size": row["size"], "note": row["note"]})


async def _context(
    connection: asyncpg.Connection,
    chosen: Stretch,
    stated: Sequence[Mapping[str, Any]],
    log: proving.SizedLog,
    note: str,
) -> bytes:
    """Return the opening records of all chains of the stretch, changes of keys and what is ``stated``, as a proof."""
    writers = [
        row["writer"] for row in await connection.fetch(STATEMENTS["writers_of_seals"], chosen.start, chosen.end)
    ]
    writers += [row["writer"] for row in stated]
    rows = [*await connection.fetch(STATEMENTS["openings_and_key_changes"], writers), *stated]
    records, seals = await proving.placed(connection, rows, await proving.over(connection, rows), log)
    return proof.written(proof.ExchangeProof(log.origin, "", records, seals, note))


async def _once(text: bytes) -> AsyncIterator[bytes]:
    yield text


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
