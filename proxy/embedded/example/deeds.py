"""What the invented officers did, and left for a second person: holds, erasures, restrictions, changes, exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.errors import ConfigurationError
from proxy.grants.grant import GrantRequest
from proxy.identity.holds import HoldScope
from proxy.identity.restrictions import NewRestriction, RestrictionKind, RestrictionList
from proxy.registry import changes
from proxy.registry.store import Stored
from proxy.reports.exports.job import ExportKind, NewExport
from proxy.reports.exports.schedule import Every
from proxy.reports.exports.schedules import ScheduleStore
from proxy.reports.exports.store import ExportStore
from proxy.service.acts import Acts
from proxy.service.parts import WorkerParts
from proxy.web.api.operations import is_recorded, recorded_actor

DPO, COUNSEL, PRIVACY, REGISTRAR = "dpo.visser", "counsel.haan", "privacy.ortega", "registry.dahlem"
AUDITOR = "auditor.bergman"
_CREDENTIAL = "console:example"


@dataclass(frozen=True, slots=True)
class Deeds:
    """Does everything once, in the stores of a worker, each act on record under the names of whoever did it."""

    parts: WorkerParts

    async def done(self) -> None:
        """Do it."""
        parts = self.parts
        log = PostgresAuditLog(
            parts.audit.dsn, fresh_writer_id("example"), parts.audit.keyring, parts.audit.clock,
            signing=parts.audit.signing, host="example",
        )  # fmt: skip
        await log.start()
        try:
            acts = Acts(parts.subjects, log, parts.vault, parts.grants)
            await self._holds(acts)
            await self._subjects(acts, log)
            await self._grants(acts)
            await self._registry(log)
            exports = ExportStore(parts.audit.dsn, log.writer_id, parts.audit.keyring)
            await self._exports(exports, log)
            await _schedules(ScheduleStore(exports))
        finally:
            await log.close()

    async def _holds(self, acts: Acts) -> None:
        _, request = await acts.place_hold("M-14", HoldScope(tenant="nordlicht", activity="claims-handling"), DPO)
        await acts.approve(request, COUNSEL)
        hold, request = await acts.place_hold("M-9", HoldScope(tenant="nordlicht", activity="kyc-summary"), DPO)
        await acts.approve(request, COUNSEL)
        await acts.release_hold(hold, "M-9", COUNSEL)
        await acts.place_hold("M-21", HoldScope(tenant="aurelia", activity="discharge-letters"), PRIVACY)

    async def _subjects(self, acts: Acts, log: PostgresAuditLog) -> None:
        request = await acts.erase("polder", "buyer-0007", "DSR-112", DPO)
        await acts.approve_erasure(request, "polder", "buyer-0007", COUNSEL)
        await acts.erase("polder", "buyer-0012", "DSR-118", DPO)
        now = datetime.now(UTC)
        for tenant, subject, kind, ticket, days in (
            ("nordlicht", "customer-0003", RestrictionKind.RESTRICTION, "DSR-105", 40),
            ("polder", "buyer-0021", RestrictionKind.OBJECTION, "DSR-109", None),
        ):
            until = now + timedelta(days=days) if days else None
            new = NewRestriction(tenant, subject, kind, now, until, ticket)
            entry = await RestrictionList(acts.subjects).add(new, DPO)
            await log.event_durable("subject_restricted", new.facts(entry, DPO), tenant=tenant)

    async def _grants(self, acts: Acts) -> None:
        await acts.request_grant(
            GrantRequest("aurelia", "INC-311", "Outage of own/pdx-1", timedelta(hours=4), PRIVACY, "triage-notes")
        )
        opened = await acts.request_grant(
            GrantRequest("nordlicht", "INC-298", "Restore of claims", timedelta(hours=2), REGISTRAR, "claims-handling")
        )
        await acts.approve_grant(opened, "security key", timedelta(hours=8), DPO)
        await acts.revoke_grant(opened, DPO)

    async def _registry(self, log: PostgresAuditLog) -> None:
        """Store two changes: one that a second person put in force, and one that waits."""
        store, today = self.parts.registry, datetime.now(UTC).date()
        reviewed = {"subprocessors_reviewed": today.isoformat()}
        stored = await self._stored(log, "Subprocessors reviewed", ("providers", "meridian"), reviewed)

        async def activate() -> Stored:
            base = await store.active_revision()
            return await store.activate(
                stored.revision, by=_actor(DPO), base=base, may_be_author=partial(is_recorded, DPO)
            )

        await changes.recorded(activate, await store.active(), log, changes.Author(_actor(DPO), "example"))
        renewed = {"signed_on": today.isoformat(), "expires": (today + timedelta(days=388)).isoformat()}
        await self._stored(log, "The BAA with Kestrel is renewed", ("targets", "kestrel/us", "baa"), renewed)

    async def _stored(self, log: PostgresAuditLog, comment: str, path: Sequence[str], new: dict[str, Any]) -> Stored:
        store = self.parts.registry
        before = await store.active()
        if before is None:
            raise ConfigurationError("the registry is empty")
        documents = _with(before.documents, ("registry", *path), new)

        async def put() -> Stored:
            by = _actor(REGISTRAR)
            return await store.put(documents, by=by, base=before.revision, comment=comment, activate=False)

        author = changes.Author(_actor(REGISTRAR), "example")
        stored, _ = await changes.recorded(put, before, log, author, active=False)
        return stored

    async def _exports(self, store: ExportStore, log: PostgresAuditLog) -> None:
        for kind, name, parameters, form, by in (
            (ExportKind.VERIFICATION, "", {}, "json", AUDITOR),
            (
                ExportKind.QUESTION,
                "AQ-10",
                {"tenant": "polder", "subject": await self._named("polder", "buyer-0002")},
                "pdf",
                DPO,
            ),
        ):
            new = NewExport(kind, name, parameters, form, _actor(by), by, "polder", None, "example")
            job = await store.add(new)
            await log.event_durable("export_asked", job.facts())

    async def _named(self, tenant: str, person: str) -> list[str]:
        return [(await self.parts.subjects.of(tenant, person)).reference]


async def _schedules(store: ScheduleStore) -> None:
    """Ask for a report of each month, and for what left the region each week."""
    for kind, name, form, every, by, tenant, purpose in (
        (ExportKind.REPORT, "monthly", "pdf", Every.MONTH, AUDITOR, "polder", "report to the board"),
        (ExportKind.QUESTION, "AQ-01", "csv", Every.WEEK, DPO, "nordlicht", "weekly review of transfers"),
    ):
        await store.add(NewExport(kind, name, {}, form, _actor(by), by, tenant, None, purpose), every)


def _actor(person: str) -> str:
    """Return a person as the console records whoever asks."""
    return recorded_actor(person, _CREDENTIAL)


def _with(documents: Any, path: Sequence[str], new: Any) -> Any:
    """Return documents with another value merged in at a path."""
    if not path:
        return {**documents, **new}
    return {**documents, path[0]: _with(documents[path[0]], path[1:], new)}
