"""Gathers what questions are asked of at one moment of the database: rows of verified records, and what none holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from proxy.audit.records import derivation
from proxy.audit.records.derivation import Derivation, Row
from proxy.audit.records.record import instant
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.verification import reading
from proxy.audit.verification.reading import RECORD, SealedEvidence
from proxy.audit.writing.session import STATEMENTS
from proxy.reports import relations
from proxy.runtime import database

_TIMEOUT_S = 30
_READINGS = "SELECT id::text AS id, at, login, said::text AS said FROM audit.reading"
_PURGED = "SELECT DISTINCT purge::text AS purge FROM audit.purged"
_HOLDS = "SELECT matter, tenant, since, until, placed, in_force, released FROM identity.hold_state"
_PLACES = {name: place for place, name in enumerate(derivation.EVENT)}
_DECIDED = tuple(tuple(derivation.EXCHANGE).index(name) for name in ("at", "revision", "data_revision"))


@dataclass(frozen=True, slots=True)
class Gathered:
    """Tables by relation, and the state of the log that they were read at.

    ``revisions``: policy and data of the newest decision; ``kept``: SHA-256 in hex of policy bundles that the log says
    were stored, by revision; ``coverage``: what is signed of how far the records go.
    """

    tables: Mapping[str, Any]
    note: str | None
    revisions: tuple[str, str]
    kept: Mapping[str, frozenset[str]]
    coverage: Mapping[str, Any]

    @property
    def covers_all_records(self) -> bool:
        """Whether a signed note covers every record that there is, and each was read."""
        return self.note is not None and not self.coverage["unsealed"] and not self.coverage["left_out"]


@asynccontextmanager
async def moment(
    connection: asyncpg.Connection, trusted: VerifierKey | None, exchange: str | None
) -> AsyncIterator[Gathered]:
    """See one moment of the database, for reading alone and with a time limit; yields what is gathered.

    Raises:
        EvidenceDamagedError: the log is not what was sealed.
        as the database does.

    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = '{_TIMEOUT_S}s'")
        async with database.reading_all(connection):
            bound = await database.tenants_read(connection) is not None
            sealed = await reading.read(connection, trusted, exchange or "", bound=bound)
            others = {
                "reading": await connection.fetch(_READINGS),
                "purged": await connection.fetch(_PURGED),
                "hold": await connection.fetch(_HOLDS),
            }
            times = await connection.fetchrow(STATEMENTS["noted_times"])
            placed = await _placed(connection, sealed.records)
            signed = [(0, times["first"]), (0, times["last"])] if times["first"] is not None else []
            yield await asyncio.to_thread(gathered, sealed, {**others, "note": signed, "record": placed})


async def _placed(connection: asyncpg.Connection, records: Sequence[Sequence[Any]]) -> list[Row]:
    """Return the records of an exchange with the first note over each."""
    made = []
    for row in records:
        leaf = row[-1] if len(row) == len(RECORD) else None
        over = await connection.fetch(STATEMENTS["first_and_last_note_over"], leaf) if leaf is not None else []
        note = (over[0]["size"], over[0]["note"]) if over else (None, None)
        whole = [*row, *[None] * (len(RECORD) - len(row))]  # those that are under no seal yet
        made.append((*[instant(one) if name == "at" else one for name, one in zip(RECORD, whole, strict=True)], *note))
    return made


def gathered(sealed: SealedEvidence, others: Mapping[str, Sequence[Any]]) -> Gathered:
    """Return the tables of what was read, with ``others`` as they are."""
    derived = sealed.derived
    made: Mapping[str, Sequence[Any]] = {
        "exchange": derived.exchanges, "event": derived.events, "opened": list(_opened(derived)),
        **{name: [tuple(row) for row in rows] for name, rows in others.items()},
    }  # fmt: skip
    tables = {name: relations.table(name, rows) for name, rows in made.items()}
    coverage = {
        "records": sealed.read,
        "unsealed": sealed.unsealed,
        "hidden": sealed.hidden,
        "left_out": derived.left_out,
    }
    return Gathered(tables, sealed.note, _revisions(derived), _kept(derived), coverage)


def _opened(derived: Derivation) -> Sequence[Row]:
    decisions = (one for records in derived.opened.values() for one in records if one.columns.kind == "decision")
    return [
        (one.writer, one.seq, instant(one.columns.at), one.columns.tenant, one.columns.exchange, one.columns.target)
        for one in decisions
    ]


def _revisions(derived: Derivation) -> tuple[str, str]:
    """Return the revisions of the newest decision."""
    ended = (tuple(row[place] for place in _DECIDED) for row in derived.exchanges)
    begun = (
        (instant(one.columns.at), one.columns.revision, one.columns.data_revision)
        for records in derived.opened.values() for one in records if one.columns.kind == "decision"
    )  # fmt: skip
    newest = max([*ended, *begun], default=(None, "", ""))
    return newest[1], newest[2]


def _kept(derived: Derivation) -> Mapping[str, frozenset[str]]:
    kept: dict[str, frozenset[str]] = {}
    for row in derived.events:
        if row[_PLACES["event"]] == "policy_kept":
            revision, facts = row[_PLACES["revision"]], orjson.loads(row[_PLACES["facts"]])
            kept[revision] = kept.get(revision, frozenset()) | {facts.get("sha256", "")}
    return kept
