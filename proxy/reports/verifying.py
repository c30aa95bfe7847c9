"""Verifies the whole log where it is served, as ``audit verify`` does, and signs what was found like an answer.

Its rows are the damages. That it was verified is on record before the result is returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import asyncpg

from proxy import __version__
from proxy.audit.access.reader import AuditReader
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.anchors import Anchor, witness
from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification.findings import Damage, VerificationReport
from proxy.audit.verification.reading import recomputed
from proxy.audit.verification.verify import verify
from proxy.core.keyring import Keyring
from proxy.keys import authority_check
from proxy.keys.authority import KINDS
from proxy.reports import gathering, rows, statement, subjects
from proxy.runtime import database

_RECORDS = "SELECT coalesce(sum(last), 0)::bigint FROM (SELECT max(last_seq) AS last FROM audit.seal GROUP BY writer) s"
_STATED = (
    "sound", "state", "records", "writers", "since", "until", "open", "checkpoints", "seals", "witnessed_to", "tail",
    "tail_since", "readings", "purged", "purges_pending", "remarks",
)  # fmt: skip


@dataclass(slots=True)
class VerificationProgress:
    """How far a verification is: records that were read, of so many."""

    report: VerificationReport = field(default_factory=VerificationReport)
    total: int = 0

    @property
    def stage(self) -> str:
        """How far it is, for people; "" before anything is read."""
        return f"{self.report.records} of {max(self.total, self.report.records)} records" if self.total else ""


@dataclass(frozen=True, slots=True)
class SignedVerification:
    """The damages as rows, and what is signed of the verification."""

    rows: tuple[Mapping[str, Any], ...]
    statement: Mapping[str, Any]
    signing: AuditSigningKey | None = field(default=None, repr=False)

    def document(self) -> dict[str, Any]:
        """Return the whole result, as it is kept and checked."""
        return {**statement.signed(self.statement, self.signing), "rows": self.rows}


@dataclass(frozen=True, slots=True)
class LogVerifier:
    """Verifies the log at ``dsn`` against the anchors of the installation."""

    dsn: str = field(repr=False)
    signing: AuditSigningKey = field(repr=False)
    keyring: Keyring = field(repr=False)
    anchors: Sequence[Anchor] = ()

    async def verified(self, progress: VerificationProgress, requester: Requester, at: str) -> SignedVerification:
        """Verify everything; ``at``: when that is, as statements write it.

        Raises:
            ConfigurationError: the login does not read the whole log.
            one of ``database.UNAVAILABLE``, or asyncpg.PostgresError.

        """
        trusted = self.signing.verifier
        connection = await database.connect(self.dsn, database.VERIFIER)
        try:
            progress.total = await connection.fetchval(_RECORDS)
            lines, unread = await self._lines(connection, trusted.origin)
            report = await verify(connection, trusted, lines, progress.report)
            report.remarks += unread
            report.damages += await recomputed(connection, trusted)
            report.damages += await self._unproven()
            await AuditReader(connection, requester).verified(report)
        finally:
            await connection.close()
        damages = tuple(asdict(damage) for damage in report.damages)
        stated = {name: _plain(getattr(report, name)) for name in _STATED}
        event = {
            "question": "verification of the log", "rows": len(damages),
            "rows_sha256": statement.digest_of_rows(damages), "complete": True,
            "log": statement.log(report.note or None), "asked_by": requester.name,
            "purpose": requester.purpose, "at": at, "release": __version__, **stated,
        }  # fmt: skip
        return SignedVerification(damages, event, self.signing)

    async def _lines(self, connection: asyncpg.Connection, origin: str) -> tuple[list[str], list[str]]:
        """Return what anchors say of the log, and a remark for each that cannot be read."""
        lines, unread = await witness.cosigned(connection, self.anchors), list[str]()
        for anchor in self.anchors:
            try:
                lines += await anchor.every(origin)
            except OSError as error:
                unread.append(f"the anchor {anchor.where} cannot be read ({error})")
        return lines, unread

    async def _unproven(self) -> list[Damage]:
        """Name rows that the product obeys and nobody proved, and keys of data subjects that are missing."""
        named = [*await authority_check.against(self.dsn, self.keyring, tuple(KINDS))]
        reader = await database.connect(self.dsn, database.READER)
        try:
            named += await gathering.keyless(reader, self.signing.verifier)
            named += await subjects.displaced(reader, self.keyring)
        finally:
            await reader.close()
        return [Damage("", 0, "protection", detail) for detail in named]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, list | tuple) else rows.value(value)
