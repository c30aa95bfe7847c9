"""What waits for a second person: who asked for what, on which terms, and whether the caller may decide.

What is decided about cannot change meanwhile: requests, grants and exports are proven rows that are only added to, a
change of the registry is a revision named by its content. ``digest`` lets two people see that they read the same.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from proxy.errors import SecondPersonError
from proxy.grants.grant import StoredGrant
from proxy.registry import edit, sensitive
from proxy.registry.store import Stored
from proxy.reports.exports.job import ExportJob, ExportState
from proxy.web.api import access, acts
from proxy.web.api.faults import NotFoundError, RoleMissingError
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext

_DAY = timedelta(days=1)
_MOST_REVISIONS, _MOST_EXPORTS = 20, 200
_PRIVACY, _SEE = access.PRIVACY_OFFICER, frozenset({access.PRIVACY_OFFICER, access.AUDITOR})
_SEE_REGISTRY = frozenset({access.REGISTRY_READER, access.POLICY_READER, access.AUDITOR})
#: Requests that two people carry out: the path of the decision ({} is the id), and what the second person adds.
_DECIDED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "place_hold": ("requests/{}/approve", ()), "release_hold": ("requests/{}/approve", ()),
    "purge_days": ("requests/{}/approve", ()), "erase_subject": ("subjects/erasures", ("tenant", "subject", "request")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """One item. ``terms`` are what is decided about; ``path`` is posted to, with ``needs`` in the body.

    ``not_by``: persons who may not decide, none where it needs no second person; ``recorded_by``: who asked as recorded
    with the credential, whom whoever decides may not be. ``role`` is needed to decide, any of ``seen_by`` to see it.
    """

    id: str
    kind: str
    tenant: str
    asked_by: str
    asked_at: datetime
    lapses_at: datetime | None
    terms: Mapping[str, Any]
    path: str
    needs: tuple[str, ...]
    role: str
    seen_by: frozenset[str]
    not_by: frozenset[str]
    recorded_by: str | None = None

    def answered(self, call: AdminRequest) -> dict[str, Any]:
        """Return it for a caller."""
        why = self._why_not(call)
        terms = orjson.dumps([self.kind, self.id, self.asked_by, self.terms], default=str, option=orjson.OPT_SORT_KEYS)
        return {
            "id": self.id, "kind": self.kind, "tenant": self.tenant, "asked_by": self.asked_by,
            "asked_at": self.asked_at, "lapses_at": self.lapses_at, "terms": self.terms,
            "digest": hashlib.sha256(terms).hexdigest(), "role": self.role, "may_decide": not why, "why_not": why,
            "second_person": bool(self.not_by),
            "decide": {"method": "POST", "path": self.path, "needs": self.needs},
        }  # fmt: skip

    def _why_not(self, call: AdminRequest) -> str:
        """Return the code of why a caller may not decide, "" where they may."""
        if self.role not in access.effective(call.principal.roles):
            return RoleMissingError.code
        may_have_asked = self.recorded_by is not None and call.may_be(self.recorded_by)
        if not acts.person(call) or acts.person(call) in self.not_by or may_have_asked:
            return SecondPersonError.code
        return ""


async def waiting(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """What waits for a second person, as far as the caller's roles see it; what lapses first is first."""
    items = [item.answered(call) for item in await _seen(api, call)]
    return AdminResponse({"waiting": items}, facts={"rows": len(items)})


async def item(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """One item with its evidence: of a change of the registry or of rules every difference.

    Raises:
        NotFoundError: nothing of this id waits that the caller's roles see.

    """
    item = next((item for item in await _seen(api, call) if item.id == call.parameter), None)
    if item is None:
        raise NotFoundError("nothing of this id waits for a second person: it was decided, has lapsed or never was")
    changes, evidence = await _changes(api, item.id) if item.path == "registry/activate" else ([], None)
    document = {**item.answered(call), "changes": changes, "evidence": evidence}
    return AdminResponse(document, facts={"item": item.id})


async def _seen(api: AdminContext, call: AdminRequest) -> list[Waiting]:
    roles = access.effective(call.principal.roles)
    items: list[Waiting] = []
    if roles & _SEE:
        if api.acts is not None:
            holds = {row["id"]: row for row in await api.acts.holds()}
            items += [_request(row, holds) for row in await api.acts.waiting()]
            items += [item for grant in await api.acts.listed_grants() for item in _grant(grant, datetime.now(UTC))]
        if api.exports is not None:
            items += _exports(await api.exports.listed(None, _MOST_EXPORTS))
    if roles & _SEE_REGISTRY and api.registry is not None and api.editable:
        items += await _revisions(api)
    last = datetime.max.replace(tzinfo=UTC)
    seen = (item for item in items if item.seen_by & roles)
    return sorted(seen, key=lambda item: (item.lapses_at or last, item.asked_at, item.id))


def _request(row: Mapping[str, Any], holds: Mapping[str, Mapping[str, Any]]) -> Waiting:
    path, needs = _DECIDED[row["act"]]
    terms: dict[str, Any] = {"ticket": row["ticket"]}
    match row["act"]:
        case "purge_days":
            terms["through"] = row["about"]
        case "place_hold" | "release_hold" if row["about"] in holds:
            hold = holds[row["about"]]
            names = ("id", "matter", "activity", "of_subject", "since", "until", "placed_by", "placed")
            terms |= {name: hold[name] for name in names if hold[name] is not None}
    return Waiting(
        row["id"], row["act"], row["tenant"], row["requested_by"], row["requested"], row["requested"] + _DAY, terms,
        path.format(row["id"]), needs, _PRIVACY, _SEE, frozenset({row["requested_by"]}),
    )  # fmt: skip


def _grant(grant: StoredGrant, now: datetime) -> Iterable[Waiting]:
    """Yield what waits about a grant: its approval, or its review."""
    asked, state = grant.request, grant.state(now)
    row = acts.grant_row(grant, now)
    if not grant.proven:
        return
    if state == "pending":
        terms = {name: row[name] for name in ("ticket", "reason", "activity", "service", "hours")}
        others = frozenset({asked.requested_by, asked.service or ""})
        yield Waiting(
            grant.id, "break_glass", asked.tenant, asked.requested_by, grant.requested, grant.requested + _DAY, terms,
            f"break-glass/{grant.id}/approve", ("mfa",), _PRIVACY, _SEE, others,
        )  # fmt: skip
    elif state.startswith("review"):
        names = ("ticket", "reason", "activity", "service", "approver", "expires", "uses", "review_due")
        involved = frozenset({asked.requested_by, asked.service or "", row["approver"] or ""})
        yield Waiting(
            grant.id, "break_glass_review", asked.tenant, asked.requested_by, grant.requested, row["review_due"],
            {name: row[name] for name in names}, f"break-glass/{grant.id}/review", ("finding", "note"), _PRIVACY, _SEE,
            involved,
        )  # fmt: skip


def _exports(jobs: Iterable[ExportJob]) -> list[Waiting]:
    names = ("kind", "name", "format", "purpose", "parameters", "of_subject")
    return [
        Waiting(
            job.id, "subject_export", job.asked.tenant, job.asked.person, job.created, job.created + _DAY,
            {name: job.document()[name] for name in names}, f"audit/exports/{job.id}/approve", (), _PRIVACY, _SEE,
            frozenset({job.asked.person}), job.asked.asked_by,
        )
        for job in jobs if job.state is ExportState.PENDING
    ]  # fmt: skip


async def _revisions(api: AdminContext) -> list[Waiting]:
    """Return revisions that were stored over the one in force and not activated."""
    registry = api.registry
    active = await registry.active() if registry is not None else None
    if registry is None or active is None:
        return []
    entries = [
        entry for entry in await registry.history(_MOST_REVISIONS)
        if entry.parent == active.revision and entry.activated_at is None and not entry.active
    ]  # fmt: skip
    stored = [revision for entry in entries if (revision := await registry.get(entry.revision)) is not None]
    return [await asyncio.to_thread(_revision, active, revision) for revision in stored]


def _revision(active: Stored, stored: Stored) -> Waiting:
    paths = [change.path for change in edit.changes(active.documents, stored.documents)]
    touched = sensitive.touched(active.documents, stored.documents)
    of_rules = any(path.split(".")[0] == "rules" for path in paths)
    person = stored.made_by.partition(" (")[0]
    terms = {
        "revision": stored.revision, "base": active.revision, "comment": stored.comment, "changes": len(paths),
        "paths": paths[:20], "needs_two": list(touched[:20]),
    }  # fmt: skip
    if stored.evidence:
        terms["evidence"] = hashlib.sha256(stored.evidence.encode()).hexdigest()
    return Waiting(
        stored.revision, "policy_change" if of_rules else "registry_change", "", person, stored.made_at, None, terms,
        "registry/activate", ("revision",), access.REGISTRY_ADMIN, _SEE_REGISTRY,
        frozenset({person}) if touched else frozenset(), stored.made_by if touched else None,
    )  # fmt: skip


async def _changes(api: AdminContext, revision: str) -> tuple[list[dict[str, Any]], Any]:
    """Return the differences of a revision to the one in force, and what was tried before it was asked for."""
    registry = api.registry
    active = await registry.active() if registry is not None else None
    stored = await registry.get(revision) if registry is not None else None
    if active is None or stored is None:
        return [], None
    rows = await asyncio.to_thread(edit.changes, active.documents, stored.documents)
    changes = [{"path": row.path, "kind": row.kind, "before": row.before, "after": row.after} for row in rows]
    return changes, orjson.loads(stored.evidence) if stored.evidence else None
