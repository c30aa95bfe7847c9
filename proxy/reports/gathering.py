"""Gathers what questions are asked of at one moment of the database: rows of verified records, and what none holds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from proxy.audit.access import proving
from proxy.audit.records.derivation import Derivation, Row
from proxy.audit.records.record import instant
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.verification import columnar, reading
from proxy.audit.verification.export import ExportError
from proxy.audit.verification.proof import ExchangeProof, ProofError
from proxy.audit.verification.reading import EvidenceDamagedError, SealedEvidence
from proxy.audit.writing.session import STATEMENTS
from proxy.reports import log_facts, relations, rows
from proxy.reports.log_facts import LogFacts
from proxy.reports.parameters import InvalidParameterError
from proxy.reports.relations import Relations
from proxy.runtime import database

_TIMEOUT_S = 30
_READINGS = "SELECT id::text AS id, at, login, said::text AS said FROM audit.reading"
_PURGED = """
    SELECT p.purge::text AS purge, NOT bool_or(s.writer IS NULL) AS archived
    FROM audit.purged p LEFT JOIN unnest($1::text[], $2::bigint[], $3::bigint[]) AS s (writer, first_seq, last_seq)
        ON s.writer = p.writer AND s.first_seq <= p.first_seq AND s.last_seq >= p.last_seq
    GROUP BY p.purge"""
_PURGED_DAYS = """
    SELECT day, sum(last_seq - first_seq + 1)::bigint AS records FROM audit.purged GROUP BY day"""
_KEEPERS = """
    SELECT tenant, reference, NULL::date AS day, 0::bigint AS erased, '' AS request
    FROM identity.subject_key WHERE sealed IS NOT NULL
    UNION ALL SELECT tenant, '', day, 0, '' FROM identity.linking_key WHERE destroyed_at IS NULL
    UNION ALL SELECT tenant, '', (facts ->> 'day')::date, coalesce((facts ->> 'keys')::bigint, 0), facts ->> 'request'
    FROM audit.outbox
"""
_CALLS = "SELECT len(attempt_targets), writer, seq FROM derived.exchange WHERE exchange = $1"


class PurgeCount(NamedTuple):
    """How many records of a day, None where they had none, are gone of each tenant; of None: of whoever's."""

    day: date | None
    records: Mapping[str | None, int]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Tables by relation, files with further rows, and the state of the log that they were read at.

    ``revisions``: policy and data of the newest decision; ``kept``: SHA-256 in hex of policy bundles that the log says
    were stored, by revision; ``coverage``: what is signed of how far the records go; ``purges``: what certificates say.
    """

    tables: Mapping[str, Any]
    files: Mapping[str, Sequence[Path]]
    note: str | None
    revisions: tuple[str, str]
    kept: Mapping[str, frozenset[str]]
    coverage: Mapping[str, Any]
    purges: Sequence[PurgeCount] = ()

    def purged(self, values: Mapping[str, Any]) -> int:
        """Return how many records were purged of the time and the tenants that an answer is narrowed to."""
        since, until, tenants = (values.get(name) for name in ("since", "until", "tenants"))
        if values.get("exchange"):
            return 0
        return sum(
            number
            for purge in self.purges
            if purge.day is None
            or ((since is None or purge.day >= since.date()) and (until is None or purge.day <= _last(until)))
            for tenant, number in purge.records.items()
            if tenants is None or tenant is None or tenant in tenants
        )

    def covers(self, values: Mapping[str, Any]) -> bool:
        """Whether a signed note covers every record that is asked of, each was read, and none was purged."""
        gaps = self.unread or self.coverage["unsealed"] or self.coverage["left_out"] or self.purged(values)
        return self.note is not None and not gaps

    @property
    def unread(self) -> int:
        """How many newer records were left for later, because they are many and in no part yet."""
        return int(self.coverage.get("unread", 0))


@asynccontextmanager
async def moment(
    connection: asyncpg.Connection,
    trusted: VerifierKey | None,
    exchange: str | None,
    *,
    by_name: bool = False,
    size: int | None = None,
    archives: Sequence[Path] = (),
) -> AsyncIterator[Gathered]:
    """See one moment of the database, for reading alone and with a time limit; yields what is gathered.

    ``by_name``: a data subject was looked up, so it matters which of their keys there are.
    ``size``: as the log was with so many seals. ``archives``: folders with months that are read, too.

    Raises:
        EvidenceDamagedError: the log is not what was sealed.
        InvalidParameterError: a folder is not an archive of this log.
        as the database does.

    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = '{_TIMEOUT_S}s'")
        async with database.reading_all(connection):
            bound = await database.tenants_read(connection) is not None
            try:
                sealed, records = await _sealed(connection, trusted, exchange or "", size, archives, bound=bound)
            except (ExportError, OSError) as error:
                raise InvalidParameterError(f"this archive cannot be read: {error}") from error
            spans = [[span[part] for span in sealed.spans] for part in range(3)]
            others = {
                "reading": await connection.fetch(_READINGS),
                "purged": await connection.fetch(_PURGED, *spans),
                "keeper": await connection.fetch(_KEEPERS) if by_name else (),
            }
            placed = [(*row, *await _noted(connection, row[-1])) for row in records]
            tables = await asyncio.to_thread(gathered, sealed, {**others, "record": placed}, exchange or "")
            if bound:  # who reads some tenants sees no certificate
                days = await connection.fetch(_PURGED_DAYS)
                tables = replace(tables, purges=[PurgeCount(_day(row["day"]), {None: row["records"]}) for row in days])
            yield tables


async def keyless(connection: asyncpg.Connection, trusted: VerifierKey) -> list[str]:
    """Return a sentence for each tenant of which keys of data subjects are missing; none of a damaged log."""
    try:
        async with moment(connection, trusted, None, by_name=True) as world:
            return await asyncio.to_thread(_keyless, world)
    except EvidenceDamagedError:  # which is named already
        return []


def _keyless(world: Gathered) -> list[str]:
    with contextlib.closing(Relations(world.tables, None, datetime.now(UTC), world.files)) as readable:
        return readable.keyless()


async def _sealed(
    connection: asyncpg.Connection,
    trusted: VerifierKey | None,
    exchange: str,
    size: int | None,
    archives: Sequence[Path],
    *,
    bound: bool,
) -> tuple[SealedEvidence, Sequence[Sequence[Any]]]:
    """Return what the log says, and the records of an exchange; where parts hold its leaves, by its proof."""
    if exchange and trusted is not None and not bound and size in {None, reading.PROMPT} and not archives:
        with contextlib.suppress(ProofError):  # not under a note yet
            proof = await proving.prove(connection, exchange, trusted)
            sealed = await reading.read(connection, trusted, size=size)
            if sealed.unread and (proof is None or not _reached(sealed, proof)):
                sealed = await reading.read(connection, trusted)
            return sealed, [] if proof is None else list(_proven(proof))
    size = None if exchange and size == reading.PROMPT else size
    sealed = await reading.read(connection, trusted, exchange, bound=bound, size=size, archives=archives)
    return sealed, sealed.records


def _reached(sealed: SealedEvidence, proof: ExchangeProof) -> bool:
    """Whether what was read goes as far as an exchange does."""
    end = sealed.parts[-1].end if sealed.parts else 0
    return all(over.leaf < end for over in proof.seals)


def _proven(proof: ExchangeProof) -> Iterator[Row]:
    """Yield the records of a proven exchange by ``reading.RECORD``."""
    derived = Derivation()
    for record in proof.records:
        row = derived.add(record.writer, record.seq, record.hash, record.body.encode())
        if row is not None and proof.exchange in {row.columns.exchange, row.late}:
            over = next(seal for seal in proof.seals if seal.seal.batch.covers(record.writer, record.seq))
            yield reading.row(row, record.prev, record.hash, over.seal, over.leaf)


async def _noted(connection: asyncpg.Connection, leaf: int | None) -> tuple[int | None, str | None]:
    """Return the first note over a leaf, with its size.

    Raises:
        EvidenceDamagedError: the log says that it is another one, which is gone.

    """
    over = await connection.fetchrow(STATEMENTS["first_note_over"], leaf) if leaf is not None else None
    if over is not None and over["noted"] != over["size"]:
        raise EvidenceDamagedError(
            f"the log is damaged, so nothing can be stated: checkpoint {over['noted']} is missing"
        )
    return (over["size"], over["note"]) if over is not None else (None, None)


def gathered(sealed: SealedEvidence, others: Mapping[str, Sequence[Any]], exchange: str = "") -> Gathered:
    """Return the tables of what was read, with ``others`` as they are, the records of an ``exchange`` among them.

    Raises:
        EvidenceDamagedError: a record of the exchange is gone that was read when its row was derived.

    """
    span = sealed.read.first_at, sealed.read.last_at
    listed = {
        "opened": _opened(sealed.derived), "sealed": [tuple(map(instant, span))] if span[1] else [],
        **{name: [tuple(row) for row in some] for name, some in others.items()},
    }  # fmt: skip
    tables = sealed.tables | {name: columnar.table(relations.COLUMNS[name], some) for name, some in listed.items()}
    coverage: dict[str, Any] = {
        "records": sealed.read.records, "hidden": sealed.read.hidden, "unsealed": sealed.unsealed,
        "left_out": sealed.left_out, "in_parts": sum(part.end - part.first for part in sealed.parts),
        "archives": [str(archive) for archive in sealed.archives], "unread": sealed.unread,
    }  # fmt: skip
    ended = _ended(tables, sealed.files, exchange) if exchange else ()
    kinds = [row[list(relations.COLUMNS["record"]).index("kind")] for row in others.get("record", ())]
    for calls, writer, seq in ended:
        if not {"decision", "outcome"} <= {*kinds} or kinds.count("attempt") < calls:
            raise EvidenceDamagedError(
                f"the log is damaged, so nothing can be stated: {writer} {seq}: records are missing"
            )
    log = _log_facts(sealed)
    coverage["verified"] = rows.value(log.verified) if log.verified is not None else ""
    archived = {purge for purge, is_archived in others.get("purged", ()) if is_archived}
    purges = [_purged_day(facts) for purge, facts in log.purged if purge not in archived]
    stored = {revision: frozenset(digest for name, digest in log.kept if name == revision) for revision, _ in log.kept}
    return Gathered(tables, sealed.files, sealed.note, _revisions(sealed.derived, log), stored, coverage, purges)


def _ended(tables: Mapping[str, Any], files: Mapping[str, Sequence[Path]], exchange: str) -> Sequence[tuple[Any, ...]]:
    with contextlib.closing(relations.session(tables, files)) as session:
        return session.execute(_CALLS, [exchange]).fetchall()


def _log_facts(sealed: SealedEvidence) -> LogFacts:
    """Return what the whole log tells of itself."""
    files = zip(*sealed.files.values(), strict=True)
    in_parts = (log_facts.of_part(exchange, event) for exchange, event in files)
    return log_facts.together([*in_parts, log_facts.of_rows(sealed.derived.exchanges, sealed.derived.events)])


def _purged_day(facts: Mapping[str, Any]) -> PurgeCount:
    named = str(facts["day"])
    records = {tenant: sum(kinds.values()) for tenant, kinds in facts["tenants"].items()}
    return PurgeCount(None if named == "-infinity" else date.fromisoformat(named), records)


def _day(stored: date) -> date | None:
    """Return the day of a row; the driver has the first one there is for none."""
    return None if stored == date.min else stored


def _last(until: datetime) -> date:
    """Return the last day before a moment."""
    return (until - timedelta(microseconds=1)).date()


def _opened(derived: Derivation) -> Sequence[Row]:
    decisions = (
        record for records in derived.opened.values() for record in records if record.columns.kind == "decision"
    )
    return [
        (
            decision.writer,
            decision.seq,
            instant(decision.columns.at),
            decision.columns.tenant,
            decision.columns.exchange,
            decision.columns.target,
        )
        for decision in decisions
    ]


def _revisions(derived: Derivation, log: LogFacts) -> tuple[str, str]:
    """Return the revisions of the newest decision, of exchanges that have ended or not."""
    begun = [
        (instant(record.columns.at), record.columns.revision, record.columns.data_revision)
        for records in derived.opened.values() for record in records if record.columns.kind == "decision"
    ]  # fmt: skip
    last = max([*begun, *([log.newest] if log.newest else ())], default=(None, "", ""))
    return last[1], last[2]
