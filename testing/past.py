"""Evidence of the past: exchanges as a process recorded them whose clock stood days ago."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.upkeep.purging import PurgeApproval, PurgedDay, Purging
from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.core.records import Obligation
from proxy.core.wire import new_exchange_id
from proxy.identity.subjects import SubjectKeys
from proxy.keys.authority import Authority
from proxy.policy.decision.document import input_document
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from testing import evidence

DAY_S = 86_400


def day_ago(days: int) -> date:
    """Return the UTC day so many days ago."""
    return (datetime.now(UTC) - timedelta(days=days)).date()


def noon(days: int) -> float:
    """Return noon of the day so many days ago, seconds since 1970."""
    return datetime.combine(day_ago(days), datetime.min.time(), UTC).timestamp() + DAY_S / 2


@dataclass
class Past:
    """Writes the evidence of past days into a database, and purges it as two people do."""

    dsn: str
    anchor: FileAnchor
    signing: AuditSigningKey = evidence.SIGNING

    async def log(self, days: int, started: Callable[[Any], Any], *, made: bool = True) -> PostgresAuditLog:
        """Open the log of a process whose clock stands at noon, so many days ago; ``made``: its month has a partition."""
        connection = await asyncpg.connect(self.dsn)
        for later in (0, 1) if made else ():
            await connection.fetchval("SELECT audit.add_month($1)", day_ago(days - later))
        await connection.close()
        clock = evidence.FixedClock(noon(days))
        return await started(
            PostgresAuditLog(
                self.dsn,
                fresh_writer_id("past"),
                evidence.KEYRING,
                clock,
                signing=self.signing,
                document=input_document,
            )
        )

    async def checkpoint(self) -> None:
        """Sign and anchor how far the log has come; what was sealed in the past was stored then."""
        await aged(self.dsn)
        await self.checkpointer.once()

    @property
    def checkpointer(self) -> Checkpointer:
        """What signs and anchors."""
        return Checkpointer(self.dsn, self.signing, (self.anchor,))

    async def purge(
        self, started: Callable[[Any], Any], through: date | None = None, *, stored_then: bool = True
    ) -> list[PurgedDay]:
        """Have two people purge what may go; ``stored_then``: what was sealed in the past was stored then."""
        if stored_then:
            await aged(self.dsn)
        log = await started(
            PostgresAuditLog(self.dsn, fresh_writer_id("cli"), evidence.KEYRING, SystemClock(), signing=self.signing)
        )
        connection = await database.connect(self.dsn, database.RETENTION)
        try:
            purging = Purging(connection)
            request = await asked_for_a_purge(self.dsn, through or datetime.now(UTC).date())
            approval = await approved(self.dsn, request, "bob")
            assert approval is not None
            done = [one async for one in purging.run(approval, log, self.checkpointer)]
        finally:
            await connection.close()
        await log.close()
        await self.checkpointer.once()
        return done


async def aged(dsn: str) -> None:
    """Have the database say that it stored each batch when its writer's clock says that it sealed it."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("SET session_replication_role = replica; UPDATE audit.seal SET stored_at = last_at")
    await connection.close()


async def a_day_later(dsn: str) -> None:
    """Have the database say that everything was asked for and approved a day earlier."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "SET session_replication_role = replica;"
        "UPDATE identity.two_person_request SET requested = requested - interval '1 day';"
        "UPDATE identity.two_person_approval SET approved = approved - interval '1 day'"
    )
    for authority in (Authority(kind, evidence.KEYRING) for kind in ("request", "hold")):
        for row in await connection.fetch(authority.rows):
            await authority.prove(connection, row["id"], {})
    await connection.close()


async def approved(dsn: str, request: str, by: str) -> PurgeApproval | None:
    """Approve a purge, None where that is not possible."""
    subjects = SubjectKeys(dsn, evidence.KEYRING, SystemClock())
    await subjects.start()
    try:
        if not await subjects.approve_purge(request, by):
            return None
        [row] = [row for row in await subjects.approved_purges() if row["id"] == request]
    finally:
        await subjects.close()
    return PurgeApproval(request, date.fromisoformat(row["about"]), row["ticket"], row["requested_by"], by)


async def asked_for_a_purge(dsn: str, through: date, by: str = "alice") -> str:
    """Have somebody ask for a purge; return the request's id."""
    subjects = SubjectKeys(dsn, evidence.KEYRING, SystemClock())
    await subjects.start()
    try:
        return await subjects.ask("purge_days", "", through.isoformat(), "RET-1", by)
    finally:
        await subjects.close()


async def serve(log: PostgresAuditLog, keep_days: int | None = 400, *, tenant: str = "acme", subject: str = "") -> str:
    """Serve an exchange at the log's time, whose records policy obliges to keep; None: it says nothing of that."""
    clock: Any = log.clock
    clock.seconds += 1
    identity = new_exchange_id(clock.seconds)
    made = evidence.exchange(identity)
    refs = (subject,) if subject else ()
    made = replace(
        made, received_at=clock.seconds, principal=replace(made.principal, tenant=tenant),
        declared=replace(made.declared, subject_refs=refs),
    )  # fmt: skip
    async with log.entry(made) as entry:
        entry.note(evidence.inspection(), evidence.facts(tenant=tenant, subject_refs=refs), _kept(keep_days))
        await entry.intend(evidence.outbound(identity), 1)
        entry.attempted(evidence.COMPLETE)
        entry.settle(evidence.DELIVERED)
    await log.event_durable("served", {"at": clock.seconds})
    return identity


def _kept(days: int | None) -> Any:
    if days is None:
        return evidence.decision()
    verdict = evidence.VERDICT
    obligation = Obligation("o-retain", "retain", params={"min_days": days})
    first, *others = evidence.decision().targets
    assert first is verdict
    return evidence.decision(targets=(replace(verdict, obligations=(*verdict.obligations, obligation)), *others))
