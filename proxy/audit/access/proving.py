"""Makes the proof of one exchange from the log, on a connection that acts as the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import asyncpg
import orjson

from proxy.audit.records import answers
from proxy.audit.records.packing import unpacked
from proxy.audit.records.record import instant
from proxy.audit.sealing import seal, tree
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.sealing.succession import Succession
from proxy.audit.sealing.tree_proof import inclusion_ranges
from proxy.audit.upkeep.log_tree import LogGapError, LogTree
from proxy.audit.verification import proof_check
from proxy.audit.verification.proof import ExchangeProof, ProofError, ProvenRecord, ProvenSeal, Timestamp
from proxy.audit.writing.session import STATEMENTS
from proxy.runtime import database

_TOO_EARLY = "not all of its records are under a signed note yet: try again in some seconds"
Place = tuple[str, int]
Naming = tuple[str, int, str, date]  # writer, seq, digest of an answer, UTC day


class TooEarlyError(ProofError):
    """No signed note covers the records yet."""


class SizedLog(NamedTuple):
    """The log of seals when it had this size."""

    origin: str
    size: int


async def prove(connection: asyncpg.Connection, exchange: str, trusted: VerifierKey) -> ExchangeProof | None:
    """Return the proof of an exchange for whoever trusts a key; None where no such exchange is recorded.

    Raises:
        ProofError: it cannot be proven: not yet under a note, from before there were seals, or the log is damaged.
        ConfigurationError: the login does not read the whole log: the path goes through records beside its own.

    """
    await database.require_all(connection)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await fetched(connection, "records_of_exchange", exchange)
    return await proved(connection, exchange, rows, trusted) if rows else None


async def fetched(connection: asyncpg.Connection, statement: str, *values: Any) -> list[Mapping[str, Any]]:
    """Return the rows of records with the ``body`` of each, "" where it cannot be read."""
    return [with_body(row) for row in await connection.fetch(STATEMENTS[statement], *values)]


def with_body(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row with the body that its content is."""
    return {**row, "body": unpacked(row["content"]).decode()}


async def proved(
    connection: asyncpg.Connection, exchange: str, rows: Sequence[Mapping[str, Any]], trusted: VerifierKey
) -> ExchangeProof:
    """Return the proof of records about an exchange; raises as ``prove``."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        writers = [row["writer"] for row in rows]
        opened = await fetched(connection, "openings_and_key_changes", writers)
        rows = [*opened, *await stated(connection, naming(rows)), *rows]
        sealed = await over(connection, rows)
        size, note = await covering(connection, trusted, max(row["leaf"] for row in sealed.values()))
        records, seals = await placed(connection, rows, sealed, SizedLog(trusted.origin, size))
        cosigned, stamps = await _words(connection, size)
    proof = ExchangeProof(trusted.origin, exchange, records, seals, note + cosigned, stamps)
    proof_check.check(proof, trusted)  # what is handed out holds
    return proof


def naming(rows: Iterable[Mapping[str, Any]]) -> list[Naming]:
    """Return which answers records name."""
    return [
        (row["writer"], row["seq"], digest, instant(orjson.loads(row["body"])["columns"]["at"]).date())
        for row in rows
        for digest in answers.named(row["body"].encode())
    ]


async def stated(connection: asyncpg.Connection, named: Sequence[Naming]) -> list[Mapping[str, Any]]:
    """Return the records that state the answers that others name, each once."""
    if not named:
        return []
    return await fetched(connection, "answers_stated_before", *zip(*named, strict=True))


async def _words(connection: asyncpg.Connection, size: int) -> tuple[str, tuple[Timestamp, ...]]:
    """Return the cosignatures and the time-stamps of a note."""
    words = {row["anchor"]: row["word"] for row in await connection.fetch(STATEMENTS["words"], size)}
    lines = [word.decode() for anchor, word in words.items() if anchor.startswith("witness ")]
    stamps = [
        Timestamp(anchor.removeprefix("tsa "), word) for anchor, word in words.items() if anchor.startswith("tsa ")
    ]
    return "".join(lines), tuple(stamps)


async def over(connection: asyncpg.Connection, rows: Sequence[Mapping[str, Any]]) -> dict[Place, Mapping[str, Any]]:
    """Return the seal over each record, with its leaf, by writer and seq.

    Raises:
        ProofError: one has none, or is not in the log yet.

    """
    return {(row["writer"], row["seq"]): await _seal(connection, row) for row in rows}


async def _seal(connection: asyncpg.Connection, row: Mapping[str, Any]) -> Mapping[str, Any]:
    row_of_seal: Mapping[str, Any] | None = await connection.fetchrow(
        STATEMENTS["seal_over"], row["writer"], row["seq"]
    )
    if row_of_seal is None:
        raise ProofError(f"record {row['seq']} of {row['writer']} carries no seal: 'audit verify' says why")
    if row_of_seal["leaf"] is None:
        raise TooEarlyError(_TOO_EARLY)
    return row_of_seal


async def covering(connection: asyncpg.Connection, trusted: VerifierKey, leaf: int) -> tuple[int, str]:
    """Return the first note over a leaf, or the newest where the key in force did not sign that; with its size.

    Raises:
        ProofError: no note covers it.

    """
    rows = await connection.fetch(STATEMENTS["first_and_last_note_over"], leaf)
    keys = Succession.of(trusted, await connection.fetch(STATEMENTS["verify_keys"]))
    for row in rows:
        note = keys.note(row["note"])
        if note is not None and str(note[1].key) == str(keys.in_force):
            return row["size"], row["note"]
    if not rows:
        raise TooEarlyError(_TOO_EARLY)
    return rows[-1]["size"], rows[-1]["note"]


async def placed(
    connection: asyncpg.Connection,
    rows: Sequence[Mapping[str, Any]],
    sealed: Mapping[Place, Mapping[str, Any]],
    log: SizedLog,
) -> tuple[tuple[ProvenRecord, ...], tuple[ProvenSeal, ...]]:
    """Return records with their paths, and each of their seals once with its way to the root of the log.

    Raises:
        ProofError: a seal of the log is missing.

    """
    records = tuple([await _record(connection, row, sealed[row["writer"], row["seq"]]) for row in rows])
    leaves = {row["leaf"]: row for row in sealed.values()}
    grown = LogTree(connection, log.origin)
    try:
        return records, tuple(
            [
                ProvenSeal(seal.read(row), leaf, await grown.roots(inclusion_ranges(leaf, log.size)))
                for leaf, row in sorted(leaves.items())
            ]
        )
    except LogGapError as error:
        raise ProofError(str(error)) from error


async def _record(connection: asyncpg.Connection, row: Mapping[str, Any], sealed: Mapping[str, Any]) -> ProvenRecord:
    first, last = sealed["first_seq"], sealed["last_seq"]
    batch = await connection.fetch(STATEMENTS["hashes"], row["writer"], first, last)
    hashes = [record["hash"] for record in batch]
    path = (tree.root(hashes[start:end]) for start, end in inclusion_ranges(row["seq"] - first, last - first + 1))
    return ProvenRecord(row["writer"], row["seq"], row["prev"], row["body"], tuple(path))
