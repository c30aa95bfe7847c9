"""What the subject operations answer: for whom processing is restricted or objected to.

Naming a person takes a privacy-officer. Neither answers nor the log say whom an entry is about.
"""

from __future__ import annotations

from proxy.errors import ConfigurationError
from proxy.identity.restrictions import NewRestriction, RestrictionKind
from proxy.web.api.faults import InvalidRequestError, NotConfiguredError, NotFoundError
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext, Restrictions


async def entries(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The entries in force or to come, oldest first.

    Raises:
        NotConfiguredError: this process does not keep the list.
        IdentityUnavailableError: it cannot be read.

    """
    rows = await _list(api).entries(call.query.get("tenant"), lifted=call.flag("lifted", default=False))
    return AdminResponse({"restrictions": rows}, facts={"rows": len(rows)})


async def add(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Add an entry.

    Raises:
        NotConfiguredError: this process does not keep the list.
        InvalidRequestError: it ends before it begins, or the registry does not know the tenant.
        IdentityUnavailableError: it cannot be written.

    """
    body, restrictions = call.body, _list(api)
    if not body.unregistered:
        api.check_registered([body.tenant])
    since = body.since or restrictions.now()
    new = NewRestriction(body.tenant, body.subject, RestrictionKind(body.kind), since, body.until, body.ticket)
    try:
        entry = await restrictions.add(new, call.actor)
    except ConfigurationError as error:
        raise InvalidRequestError(str(error)) from error
    facts = new.facts(entry, call.actor)
    await api.evidence.event_durable("subject_restricted", facts, tenant=body.tenant)
    return AdminResponse({"id": entry}, facts=facts)


async def lift(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """End an entry.

    Raises:
        NotConfiguredError: this process does not keep the list.
        NotFoundError: there is no such entry, or it was lifted.
        IdentityUnavailableError: it cannot be written.

    """
    lifted = await _list(api).lift(call.parameter, call.actor)
    if lifted is None:
        raise NotFoundError("there is no such entry, or it was lifted before")
    facts = {"restriction": call.parameter, "kind": lifted["kind"]}
    await api.evidence.event_durable("subject_restriction_lifted", {**facts, "by": call.actor}, tenant=lifted["tenant"])
    return AdminResponse({"lifted": call.parameter}, facts=facts)


def _list(api: AdminContext) -> Restrictions:
    if api.restrictions is None:
        raise NotConfiguredError("this process does not keep the list of restrictions")
    return api.restrictions
