"""What the operations answer that two people do: holds, erasures, purges, break-glass grants.

A person is who the credential names: the service of a key, the subject of a token, with whatever credential.
"""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from proxy.errors import ConfigurationError
from proxy.grants.grant import GrantRequest, StoredGrant
from proxy.identity.holds import HoldScope
from proxy.web.api.faults import InvalidRequestError, NotConfiguredError
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext, TwoPersonActs

_Result = TypeVar("_Result")
_LONGEST_HOURS = 4
_HOLD_COLUMNS = (
    "id", "state", "matter", "tenant", "activity", "of_subject", "since", "until", "request", "placed_by", "placed",
    "placed_second", "in_force", "released_by", "released_second", "released",
)  # fmt: skip


async def place_hold(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Ask for a hold."""
    body = call.body
    if not body.unregistered:
        api.check_registered(filter(None, [body.tenant]), filter(None, [body.activity]))
    scope = HoldScope(body.tenant, body.activity, body.subject, body.since, body.until)
    hold, request = await _valid(_acts(api).place_hold(body.matter, scope, person(call)))
    return AdminResponse({"hold": hold, "request": request}, facts={"hold": hold})


async def release_hold(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Ask for the end of a hold."""
    request = await _valid(_acts(api).release_hold(call.body.hold, call.body.ticket, person(call)))
    return AdminResponse({"request": request}, facts={"hold": call.body.hold})


async def erase(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Ask for an erasure, or carry out one that another person asked for."""
    body, acts = call.body, _acts(api)
    if body.request is None:
        request = await _valid(acts.erase(body.tenant, body.subject, body.ticket or "", person(call)))
        return AdminResponse({"request": request})
    erased = await acts.approve_erasure(body.request, body.tenant, body.subject, person(call))
    return AdminResponse(erased._asdict())


async def purge(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Ask for a purge."""
    request = await _valid(_acts(api).purge(call.body.through, call.body.ticket, person(call)))
    return AdminResponse({"request": request})


async def approve(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Approve a hold's beginning or end, or a purge."""
    asked = await _acts(api).approve(call.parameter, person(call))
    return AdminResponse({"approved": asked.act, "about": asked.about}, facts={"act": asked.act})


async def request_grant(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Ask for a break-glass grant."""
    body, longest = call.body, _longest(api)
    lasts = longest if body.hours is None else timedelta(hours=body.hours)
    if lasts > longest:
        raise InvalidRequestError(f"a grant lasts at most {longest / timedelta(hours=1):g} hours")
    wanted = GrantRequest(body.tenant, body.ticket, body.reason, lasts, person(call), body.activity, body.service)
    grant = await _valid(_acts(api).request_grant(wanted))
    return AdminResponse({"grant": grant}, facts={"grant": grant})


async def approve_grant(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Open a break-glass grant."""
    expires = await _acts(api).approve_grant(call.parameter, call.body.mfa, _longest(api), person(call))
    return AdminResponse({"grant": call.parameter, "expires": expires}, facts={"grant": call.parameter})


async def revoke_grant(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """End a break-glass grant."""
    await _acts(api).revoke_grant(call.parameter, person(call))
    return AdminResponse({"revoked": call.parameter}, facts={"grant": call.parameter})


async def review_grant(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Close a break-glass grant that has ended."""
    await _acts(api).review_grant(call.parameter, call.body.finding, call.body.note, person(call))
    return AdminResponse({"reviewed": call.parameter}, facts={"grant": call.parameter, "finding": call.body.finding})


async def holds(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The legal holds, oldest first; whom one is about is not said."""
    rows = [{name: row[name] for name in _HOLD_COLUMNS} for row in await _acts(api).holds(call.query.get("tenant"))]
    return AdminResponse({"holds": rows}, facts={"rows": len(rows)})


async def grants(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The break-glass grants, oldest first."""
    now = datetime.now(UTC)
    rows = [grant_row(grant, now) for grant in await _acts(api).listed_grants(call.query.get("tenant"))]
    return AdminResponse({"grants": rows}, facts={"rows": len(rows)})


def grant_row(grant: StoredGrant, now: datetime) -> dict[str, Any]:
    """Return a grant for whoever may see it."""
    asked, approval = grant.request, grant.approval
    return {
        "id": grant.id, "state": grant.state(now), "tenant": asked.tenant, "activity": asked.activity,
        "service": asked.service, "ticket": asked.ticket, "reason": asked.reason,
        "hours": round(asked.lasts / timedelta(hours=1), 2), "requested_by": asked.requested_by,
        "requested": grant.requested, "approver": approval and approval.approver, "mfa": approval and approval.mfa,
        "expires": approval and approval.expires, "uses": grant.uses, "review_due": grant.review_due(),
        "reviewed": grant.reviewed, "finding": grant.finding,
    }  # fmt: skip


def person(call: AdminRequest) -> str:
    """Return who somebody is, whatever the credential."""
    return call.principal.service


def _longest(api: AdminContext) -> timedelta:
    config: dict[str, Any] = api.in_force.data().get("config", {})
    return timedelta(hours=config.get("break_glass_max_hours", _LONGEST_HOURS))


async def _valid(work: Awaitable[_Result]) -> _Result:
    try:
        return await work
    except ConfigurationError as error:
        raise InvalidRequestError(str(error)) from error


def _acts(api: AdminContext) -> TwoPersonActs:
    if api.acts is None:
        raise NotConfiguredError("this process does not do what takes two people")
    return api.acts
