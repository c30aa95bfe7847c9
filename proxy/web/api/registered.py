"""What the operations on registered people answer: lists, loads, removals, and where a text names somebody.

No answer and no record says who is on a list.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from proxy.errors import ConfigurationError
from proxy.web.api.faults import InvalidRequestError, NotConfiguredError, NotFoundError
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext, RegisteredLists
from proxy.web.api.requests import RequestModel

_Tenant = Annotated[str, Field(min_length=1, max_length=256)]


class LoadRegistered(RequestModel):
    """People of a tenant, who replace those that the list had: a CSV file with a header. No value of it is kept."""

    tenant: _Tenant
    columns: Annotated[str, Field(max_length=2_000, description="KIND=HEADER,... as of `registered load`.")]
    csv: Annotated[str, Field(repr=False, description="The file; larger ones than a body may be: by the command.")]
    role: Literal["data_subject", "patient", "provider", "third_party"] = "data_subject"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    unregistered: Annotated[bool, Field(description="Allow a tenant that the registry does not know.")] = False


class CheckRegistered(RequestModel):
    """A text in which registered people of a tenant are looked for."""

    tenant: _Tenant
    text: Annotated[str, Field(max_length=1_000_000, repr=False, description="Kept nowhere.")]


class EraseRegistered(RequestModel):
    """One person, by the reference in the column `subject` of the lists."""

    tenant: _Tenant
    subject: Annotated[str, Field(min_length=1, max_length=512, description="Your reference of the person.")]


async def lists(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The lists, of one tenant or of all.

    Raises:
        NotConfiguredError: this process keeps no lists.
        IdentityUnavailableError: they cannot be read.

    """
    rows = await _lists(api).lists(call.query.get("tenant"))
    return AdminResponse({"lists": rows}, facts={"rows": len(rows)})


async def load(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Replace a list.

    Raises:
        NotConfiguredError: this process keeps no lists.
        InvalidRequestError: a name, a column or the file is not as it must be, or another load is running.
        IdentityUnavailableError: it cannot be written.

    """
    if not call.body.unregistered:
        api.check_registered([call.body.tenant])
    try:
        report = await _lists(api).load(call.parameter, call.body, call.actor)
    except ConfigurationError as error:
        raise InvalidRequestError(str(error)) from error
    return AdminResponse(report, facts={"list": call.parameter, "load": report["load"]})


async def remove(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Remove a list.

    Raises:
        NotConfiguredError: this process keeps no lists.
        NotFoundError: there is no such list, or no tenant is named.
        IdentityUnavailableError: it cannot be removed.

    """
    tenant = call.query.get("tenant")
    if tenant is None or not await _lists(api).remove(tenant, call.parameter, call.actor):
        raise NotFoundError("the parameter 'tenant' names none that has such a list")
    return AdminResponse({"removed": call.parameter}, facts={"list": call.parameter})


async def erase(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Remove one person from every list of a tenant.

    Raises:
        NotConfiguredError: this process keeps no lists.
        NotFoundError: no list has this person.
        InvalidRequestError: a load of one of the lists is running.
        IdentityUnavailableError: they cannot be written.

    """
    try:
        erased = await _lists(api).erase(call.body.tenant, call.body.subject, call.actor)
    except ConfigurationError as error:
        raise InvalidRequestError(str(error)) from error
    if not erased:
        raise NotFoundError("no list of the tenant has this person")
    return AdminResponse({"erased": erased}, facts={"rows": erased})


async def check(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Where a text names registered people of a tenant.

    Raises:
        NotConfiguredError: this process keeps no lists.

    """
    places = await _lists(api).check(call.body.tenant, call.body.text)
    return AdminResponse({"places": places}, facts={"rows": len(places)})


def _lists(api: AdminContext) -> RegisteredLists:
    if api.registered is None:
        raise NotConfiguredError("this process keeps no lists of registered people")
    return api.registered
