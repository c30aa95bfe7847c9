"""Reads the log for a question: every record is verified as 'audit verify' does it, and rows are derived from it.

What a question is answered from is a function of what was verified here. A log that is damaged answers nothing.
A login that is bound to some tenants reads their records and the hashes of all others, which their seals need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson

from proxy.audit.records import derivation
from proxy.audit.records.derivation import Derivation, ReadRecord
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.verification.findings import VerificationReport
from proxy.audit.verification.since import VerificationSince
from proxy.audit.verification.stored_record import StoredRecord
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import ProxyError

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
    """What was derived from verified records, and how far they go.

    ``records`` are those of the exchange that was asked about, by ``RECORD``. ``unsealed`` records are not under the
    ``note`` yet; of ``hidden`` ones, purged or of other tenants, the hash alone was read.
    """

    derived: Derivation
    records: Sequence[Sequence[Any]]
    note: str | None
    read: int
    unsealed: int
    hidden: int


async def read(
    connection: asyncpg.Connection, trusted: VerifierKey | None, exchange: str = "", *, bound: bool = False
) -> SealedEvidence:
    """Return what the whole log says, within a transaction that sees one moment of it.

    Without a key nobody vouches for the seals, and the chains alone are followed. ``bound``: the login reads some
    tenants.

    Raises:
        EvidenceDamagedError: a record, a seal or the log is not what was sealed.

    """
    found = EvidenceReading(connection, VerificationReport(), trusted, exchange=exchange, bound=bound)
    async with found.readable():
        await found.all()
    if found.report.damages:
        first = found.report.damages[0]
        where = f"{first.writer} {first.seq}: " if first.writer else ""
        raise EvidenceDamagedError(f"the log is damaged, so nothing can be stated: {where}{first.detail}")
    return found.told()


@dataclass
class EvidenceReading(VerificationSince):
    """One reading in the making."""

    exchange: str = ""
    bound: bool = False
    derivation: Derivation = field(default_factory=Derivation)
    _of_exchange: list[list[Any]] = field(
        default_factory=list
    )  # rows by ``RECORD``; those after a writer's last seal lack it
    _unplaced: int = 0  # how many at the end of ``_of_exchange`` wait for their seal

    async def all(self) -> None:
        """Read and verify everything."""
        await self.keys()
        if not self.bound:
            await self.certificates()
        await self.chains()
        if not self.bound:
            await self.purges()
        await self.tree([])
        self.derivation.end()

    def told(self) -> SealedEvidence:
        """Return what was read."""
        note = self.report.note or None
        listed = [one for leaf, one in self._sealed if leaf is None]
        unsealed = sum(one.last_seq - one.first_seq + 1 for one in listed)
        return SealedEvidence(
            self.derivation, self._of_exchange, note, self.report.records, unsealed, self.report.purged
        )

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
        if not record.purged:
            made = self.derivation.add(record.writer, record.seq, record.hash, record.body)
            if made is not None and self.exchange and self.exchange in {record.exchange, made.late}:
                self._of_exchange.append(row(record, made))
                self._unplaced += 1
        if record.seal is not None and self._unplaced:
            batch = record.seal.batch
            for one in self._of_exchange[-self._unplaced :]:
                one += [batch.first_seq, batch.last_seq, batch.root.hex(), record.leaf]
            self._unplaced = 0


def row(record: StoredRecord, made: ReadRecord) -> list[Any]:
    """Return a record by ``RECORD``, without its place in the log."""
    said = made.columns
    return [
        record.writer, record.seq, said.at, said.kind, said.exchange, said.attempt, said.tenant, said.activity,
        said.service, said.action, said.target, said.status, said.codes, said.revision, said.data_revision,
        orjson.dumps(made.facts).decode(), record.prev.hex(), record.hash.hex(),
    ]  # fmt: skip
