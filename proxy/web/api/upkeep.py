"""What keeps the installation honest, as lists: API keys, events of the log, anchors, items of oversight."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from proxy.audit.access.reader import OversightResult
from proxy.audit.upkeep.readings import Requester
from proxy.identity.store import StoredKey
from proxy.reports import parameters
from proxy.web.api import access, acts, evidence
from proxy.web.api.faults import NotConfiguredError, NotFoundError
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext, ApiKeys

_MOST = 1000


async def keys(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The API keys, oldest first: what each is bound to and when it was last used, never what it is.

    Raises:
        NotConfiguredError: this process does not keep them.
        IdentityUnavailableError: they cannot be read.

    """
    now = datetime.now(UTC)
    rows = [_key(key, now) for key in await _keys(api).list(call.query.get("tenant"))]
    return AdminResponse({"keys": rows}, facts={"rows": len(rows)})


async def revoke_key(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Revoke an API key at once.

    Raises:
        NotConfiguredError: this process does not keep them.
        NotFoundError: there is none, or it was revoked.
        IdentityUnavailableError: they cannot be written.

    """
    if not await _keys(api).revoke(call.parameter):
        raise NotFoundError("there is no such key, or it was revoked before")
    await api.evidence.event_durable("key_revoked", {"key_id": call.parameter, "by": call.actor})
    return AdminResponse({"revoked": call.parameter}, facts={"key_id": call.parameter})


async def events(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Events of the log, newest first: who read it (`log_read`), purges, changes of keys ...

    Raises:
        NotConfiguredError: this process cannot read the evidence.
        InvalidParameterError: a bound is not a time, or the time ends before it begins.

    """
    since, until = parameters.period(call.query)
    limit, requester = call.number("limit", 50, _MOST), Requester(call.actor, call.query.get("purpose", ""))
    with api.questions.hold():
        rows = await evidence.desk_of(api).events(call.query.get("name"), (since, until), limit, requester)
    return AdminResponse({"events": rows}, facts={"rows": len(rows)})


async def anchors(api: AdminContext, _call: AdminRequest) -> AdminResponse:
    """How long ago, in seconds, each anchor kept all that is sealed, as this process sees it; `log`: all was signed."""
    ages = api.ages()
    return AdminResponse({"anchors": [{"where": where, "age_s": round(age, 1)} for where, age in ages.items()]})


async def oversight(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Exchanges that a person must oversee (AI Act Art. 14) or review, oldest first.

    Raises:
        NotConfiguredError: this process cannot read the evidence.
        RoleMissingError: it is about other tenants.

    """
    desk, bound = evidence.desk_of(api), access.tenants(call.principal.roles, call.principal.tenant)
    narrowed = {name: call.query[name] for name in ("tenant", "activity") if name in call.query}
    with api.questions.hold():
        await evidence.given_by(desk, narrowed, call.principal)
        requester = Requester(call.actor, call.query.get("purpose", ""))
        rows = await desk.overseen(narrowed, call.number("limit", 50, _MOST), requester, bound)
    return AdminResponse({"items": rows}, facts={"rows": len(rows)})


async def close_oversight(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Close an item of oversight in the caller's name.

    Raises:
        NotConfiguredError: this process cannot read the evidence.
        NotFoundError: nothing is open, or the caller is the service that sent it.

    """
    desk, finding = evidence.desk_of(api), OversightResult(call.body.finding)
    requester, note = Requester(call.actor), call.body.note.strip()
    if not await desk.close_overseen(api.evidence, call.parameter, finding, note, requester, acts.person(call)):
        raise NotFoundError("nothing is open of this exchange, or you are the service that sent it")
    return AdminResponse({"closed": call.parameter}, facts={"exchange": call.parameter, "finding": finding})


def _key(key: StoredKey, now: datetime) -> dict[str, object]:
    expired = key.expires is not None and key.expires <= now
    state = "unproven" if not key.proven else "revoked" if key.revoked else "expired" if expired else "valid"
    times = {"created": key.created, "expires": key.expires, "revoked": key.revoked, "last_used": key.last_used}
    return {"id": key.id, "state": state, **asdict(key.binding), **times}


def _keys(api: AdminContext) -> ApiKeys:
    if api.keys is None:
        raise NotConfiguredError("this process does not keep API keys")
    return api.keys
