"""What the export operations do: have one made beside the requests, say how far it is, hand out its file.

Who may ask for what is as for direct questions. An export about a person waits for another privacy-officer's approval.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from proxy.core.records import Principal
from proxy.errors import ConfigurationError
from proxy.reports import answer, catalogue, composing, parameters, render, report
from proxy.reports.exports import schedule as schedules
from proxy.reports.exports.job import ARCHIVE, JSON, MEANINGS, ExportJob, ExportKind, ExportState, NewExport
from proxy.reports.exports.schedule import Every
from proxy.reports.parameters import InvalidParameterError
from proxy.web.api import access, evidence, formats
from proxy.web.api.faults import (
    InvalidRequestError,
    NotApprovedError,
    NotConfiguredError,
    NotFoundError,
    NotReadyError,
    RoleMissingError,
)
from proxy.web.api.formats import AnswerFile
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext, Exports, Schedules

_FORMATS: Mapping[ExportKind, tuple[str, ...]] = {
    ExportKind.QUESTION: (JSON, *render.FORMATS),
    ExportKind.REPORT: (JSON, *render.PRINTED),
    ExportKind.RECORDS: (ARCHIVE,),
    ExportKind.VERIFICATION: (JSON,),
}
#: The tenant of exports of somebody who belongs to none.
_NO_TENANT = "*"
_MOST_READ = 1000
_BOUNDS = frozenset({"since", "until"})


async def create(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Have an export made.

    Raises:
        InvalidRequestError, InvalidParameterError: it cannot be made like that, or not here.
        NotFoundError: there is no such question or report.
        RoleMissingError, TenantRefusedError: it is about other tenants or a person.
        NotConfiguredError: this process makes no exports.
        TooManyExportsError: too many of this tenant have not ended.

    """
    kind, body, principal = ExportKind(call.body.kind), call.body, call.principal
    _check_format(kind, body.format)
    tenants = access.tenants(principal.roles, principal.tenant)
    parameters = await evidence.given_by(evidence.desk_of(api), body.parameters, principal)
    _check_parameters(kind, body.name, parameters, tenants)
    tenant = principal.tenant or _NO_TENANT
    new = NewExport(
        kind, body.name, parameters, body.format, call.actor, _person(principal), tenant, tenants, body.purpose,
        body.language,
    )  # fmt: skip
    job = await _exports(api).add(new)
    location = {"Location": f"/admin/v1/audit/exports/{job.id}"}
    return AdminResponse(job.document(), location, {**job.facts(), "parameters": sorted(parameters)}, status=202)


async def listed(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Exports of the tenants that the caller reads, newest first.

    Raises:
        NotConfiguredError: this process makes no exports.

    """
    tenants = access.tenants(call.principal.roles, call.principal.tenant)
    jobs = await _exports(api).listed(tenants, call.number("limit", 50, 1000))
    return AdminResponse({"exports": [job.document() for job in jobs]}, facts={"rows": len(jobs)})


async def state(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """How far an export is.

    Raises:
        NotConfiguredError: this process makes no exports.
        NotFoundError: there is none of tenants that the caller reads.

    """
    job = await _job_of(api, call)
    return AdminResponse(job.document(), facts={"export": job.id})


async def approve(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Approve an export as the second person.

    Raises:
        NotConfiguredError: this process makes no exports.
        NotFoundError: there is none.
        NotApprovedError: it is not pending, or the caller may be who asked.

    """
    job = await _job_of(api, call)
    if call.may_be(job.asked.asked_by) or not await _exports(api).approve(job.id, call.actor, _person(call.principal)):
        raise NotApprovedError
    facts = {**job.facts(), "by": call.actor, "requested_by": job.asked.asked_by}
    return AdminResponse({"approved": job.id}, facts=facts)


async def cancel(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """End an export that has not ended, as who asked for it or who reads all tenants.

    Raises:
        NotConfiguredError: this process makes no exports.
        NotFoundError: there is none that the caller may end, or it has ended.

    """
    tenants = access.tenants(call.principal.roles, call.principal.tenant)
    job = await _job_of(api, call)
    may = tenants is None or job.asked.person == _person(call.principal)
    if not may or await _exports(api).cancel(job.id, tenants) is None:
        raise NotFoundError("there is no such export that you may end, or it has ended")
    facts = {**job.facts(), "failure": "cancelled", "cancelled_by": call.actor}
    await api.evidence.event_durable("export_failed", facts, tenant=job.asked.tenant)
    return AdminResponse({"cancelled": job.id}, facts={"export": job.id})


async def result(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The file of an export that is done.

    Raises:
        NotConfiguredError: this process makes no exports.
        NotFoundError: there is none of tenants that the caller reads.
        RoleMissingError: it is about a person.
        NotReadyError: it has no file now.

    """
    job = await _job_of(api, call)
    if job.asked.of_subject and not access.may_name_subjects(call.principal.roles):
        raise RoleMissingError("an export about a person is for the role privacy-officer")
    if job.state is not ExportState.DONE:
        raise NotReadyError(f"the export is {job.state}: {MEANINGS[job.state]}")
    tenants = access.tenants(call.principal.roles, call.principal.tenant)
    more = {**formats.beside(job.companion), "Content-Length": str(job.size)}
    file = AnswerFile(job.asked.format, b"", job.asked.name or "records", more, _exports(api).pieces(job.id, tenants))
    facts = {"export": job.id, "purpose": job.asked.purpose, "rows": job.rows, "answer": job.answer}
    return AdminResponse({}, facts=facts, file=file)


async def _job_of(api: AdminContext, call: AdminRequest) -> ExportJob:
    tenants = access.tenants(call.principal.roles, call.principal.tenant)
    job = await _exports(api).find(call.parameter, tenants)
    if job is None:
        raise NotFoundError("there is no such export")
    return job


async def schedule(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Have a question or a report exported again after each day, week or month, about that time.

    Raises:
        InvalidRequestError, InvalidParameterError: it cannot be made like that, names a data subject, or sets its time.
        NotFoundError: there is no such question or report.
        RoleMissingError, TenantRefusedError: it is about other tenants.
        NotConfiguredError: this process makes no exports.
        TooManySchedulesError: the person has too many.

    """
    kind, body, principal = ExportKind(call.body.kind), call.body, call.principal
    _check_format(kind, body.format)
    if "subject" in body.parameters:
        raise InvalidRequestError("an export about a data subject needs a second person each time: it has no schedule")
    if schedules.is_timed(body.parameters):
        raise InvalidRequestError("a schedule sets the time itself: leave out since, until and at")
    tenants = access.tenants(principal.roles, principal.tenant)
    parameters = await evidence.given_by(evidence.desk_of(api), body.parameters, principal)
    new = NewExport(
        kind, body.name, parameters, body.format, call.actor, _person(principal), principal.tenant or _NO_TENANT,
        tenants, body.purpose, body.language,
    )  # fmt: skip
    every = Every(body.every)
    midnight = datetime.combine(api.in_force.today(), time(), UTC)
    _check_parameters(kind, body.name, schedules.at_time(new, every, midnight).parameters, tenants)
    added = await _schedules(api).add(new, every)
    facts = {"schedule": added.id, "kind": kind, "name": body.name, "every": every, "parameters": sorted(parameters)}
    location = {"Location": f"/admin/v1/audit/schedules/{added.id}"}
    return AdminResponse(added.document(), location, {**facts, "purpose": body.purpose}, status=201)


async def scheduled(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Schedules that run: the caller's own, and for who reads all tenants everybody's; newest first.

    Raises:
        NotConfiguredError: this process makes no exports.

    """
    tenants = access.tenants(call.principal.roles, call.principal.tenant)
    readable = await _schedules(api).listed(tenants, _MOST_READ)
    rows = [schedule.document() for schedule in readable if tenants is None or _is_own(schedule.asked, call.principal)]
    rows = rows[: call.number("limit", 50, _MOST_READ)]
    return AdminResponse({"schedules": rows}, facts={"rows": len(rows)})


async def stop_schedule(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Stop a schedule, as who asked for it or who reads all tenants.

    Raises:
        NotConfiguredError: this process makes no exports.
        NotFoundError: there is none that the caller may stop.

    """
    tenants = access.tenants(call.principal.roles, call.principal.tenant)
    schedule = await _schedules(api).find(call.parameter, tenants)
    may = schedule is not None and (tenants is None or _is_own(schedule.asked, call.principal))
    if not may or not await _schedules(api).stop(call.parameter, tenants):
        raise NotFoundError("there is no such schedule that you may stop")
    return AdminResponse({"stopped": call.parameter}, facts={"schedule": call.parameter})


def _is_own(asked: NewExport, principal: Principal) -> bool:
    return (asked.person, asked.tenant) == (principal.service, principal.tenant or _NO_TENANT)


def _schedules(api: AdminContext) -> Schedules:
    if api.schedules is None:
        raise NotConfiguredError("this process makes no exports")
    return api.schedules


def _exports(api: AdminContext) -> Exports:
    if api.exports is None:
        raise NotConfiguredError("this process makes no exports")
    return api.exports


def _person(principal: Principal) -> str:
    """Return who somebody is, whatever the key."""
    if not principal.service:
        raise InvalidRequestError("exports need a key or token that names a service")
    return principal.service


def _check_format(kind: ExportKind, wanted: str) -> None:
    if wanted not in _FORMATS[kind]:
        raise InvalidRequestError(f"format: an export of this kind is {', '.join(_FORMATS[kind])}")
    try:
        render.check((wanted,))
    except ConfigurationError as error:
        raise InvalidRequestError(f"format: {error}") from error


def _check_parameters(
    kind: ExportKind, name: str, parameters: Mapping[str, Any], tenants: tuple[str, ...] | None
) -> None:
    """Check what an export is narrowed to, so that nobody waits for one that cannot be made."""
    match kind:
        case ExportKind.QUESTION:
            question = catalogue.named(name)
            if question is None:
                raise NotFoundError("there is no such question; GET audit/questions lists all")
            answer.narrowed(question, parameters, tenants)
        case ExportKind.REPORT:
            form = composing.named(name)
            if form is None:
                raise NotFoundError("there is no such report; GET audit/reports lists all")
            report.narrowed(form, parameters, tenants)
        case ExportKind.RECORDS | ExportKind.VERIFICATION:
            _check_bounds(kind, name, parameters, tenants)


def _check_bounds(kind: ExportKind, name: str, bounds: Mapping[str, Any], tenants: tuple[str, ...] | None) -> None:
    if tenants is not None:
        raise RoleMissingError("the whole log, or records with their proofs, need the role auditor or privacy-officer")
    taken = _BOUNDS if kind is ExportKind.RECORDS else frozenset()
    if name or not set(bounds) <= taken:
        raise InvalidParameterError(f"an export of this kind takes no name and of parameters {sorted(taken) or 'none'}")
    parameters.period(bounds)
