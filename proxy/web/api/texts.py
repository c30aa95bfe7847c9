"""Texts that a person tries: what is found, what each target would receive, and corrections of it. No text is kept.

The record of a call says who tried or corrected, for which tenant; a correction's also which list and type. Nothing
says how long a text was, or what it was about.
"""

from __future__ import annotations

from proxy.web.api import access
from proxy.web.api.faults import InvalidRequestError, NotConfiguredError, RoleMissingError
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext, TextTrials


async def offered(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """As whom a text can be tried: tenants with their regions and models, activities, entity types.

    Raises:
        NotConfiguredError: this process tries no texts.

    """
    trials, data = _trials(api), api.in_force.data()
    tenants_of_caller = access.tenants(call.principal.roles, call.principal.tenant)
    tenants = {
        name: {"regions": list(entry.get("establishments", ())), "models": list(trials.models(name))}
        for name, entry in data.get("tenants", {}).items()
        if tenants_of_caller is None or name in tenants_of_caller
    }
    document = {"tenants": tenants, "activities": sorted(data.get("activities", {}))}
    return AdminResponse({**document, "types": sorted(data.get("entity_map", {}))})


async def attempt(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """What is found in a text, what policy says, and what each target would receive; nothing is sent.

    Raises:
        NotConfiguredError: this process tries no texts.
        RoleMissingError: it is about another tenant.
        InvalidRequestError: the registry in force does not know the tenant or the activity.
        BusyError: two are being tried.

    """
    trials, asked = _trials(api), call.body
    _check_tenant(call, asked.tenant)
    api.check_registered([asked.tenant], [asked.activity])
    with api.trials.hold():
        return AdminResponse(await trials.tried(asked), facts={"of_tenant": asked.tenant})


async def correct(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Put a place of a text on the tenant's allow-list or deny-list, by a keyed digest.

    Raises:
        NotConfiguredError: this process corrects nothing, or the lists cannot be written here.
        InvalidRequestError: there is no such tenant or type, or the entry would not have its effect.

    """
    trials, wanted = _trials(api), call.body
    _check_tenant(call, wanted.tenant)
    api.check_registered([wanted.tenant])
    if wanted.type not in api.in_force.data().get("entity_map", {}):
        raise InvalidRequestError("there is no entity type of this name")
    with api.trials.hold():
        new = await trials.corrected(wanted, call.actor)
    kept = {"list": "allow" if wanted.false else "deny", "type": wanted.type}
    return AdminResponse({**kept, "tenant": wanted.tenant, "new": new}, facts={**kept, "of_tenant": wanted.tenant})


def _trials(api: AdminContext) -> TextTrials:
    if api.texts is None:
        raise NotConfiguredError("this process tries no texts")
    return api.texts


def _check_tenant(call: AdminRequest, tenant: str) -> None:
    tenants_of_caller = access.tenants(call.principal.roles, call.principal.tenant)
    if tenants_of_caller is not None and tenant not in tenants_of_caller:
        raise RoleMissingError("this login tries texts of its own tenant; others need auditor or privacy-officer")
