"""What the audit operations answer: questions with signed answers, lists of exchanges, the story of one.

An audit-reader reads its own tenant, an auditor and a privacy-officer read all; looking for a person takes a
privacy-officer. That somebody asked is on record before the answer (``proxy.reports.answer``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification import proof
from proxy.audit.verification.proof import ProofError
from proxy.core.records import Principal
from proxy.errors import ConfigurationError
from proxy.reports import catalogue, composing, listing, parameters, render, statement, story, subjects
from proxy.reports.answer import Signed
from proxy.reports.catalogue import Question
from proxy.reports.composing import ComposedReport
from proxy.reports.listing import Page
from proxy.reports.parameters import PARAMETERS
from proxy.reports.render import serving as rendering
from proxy.reports.render import spreadsheet
from proxy.web.api import access, formats
from proxy.web.api.faults import (
    InvalidRequestError,
    NotAcceptableError,
    NotConfiguredError,
    NotFoundError,
    NotProvenError,
    RoleMissingError,
)
from proxy.web.api.formats import AnswerFile
from proxy.web.api.operations import AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext, Desk

_PAGING = frozenset({"limit", "after", "purpose", "by", "bucket", "rows", "columns"})


async def questions(_api: AdminContext, _call: AdminRequest) -> AdminResponse:
    """Every question: what it answers, for whom, on which basis, its parameters and columns."""
    return AdminResponse({"questions": [_described(question) for question in catalogue.every()]})


async def prepare(_app: web.Application) -> None:
    """Read the catalogues of questions and reports once, in a thread: later calls find them read."""
    await asyncio.to_thread(catalogue.every)
    await asyncio.to_thread(composing.every)


async def ask(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The signed answer to one question.

    Raises:
        NotFoundError: there is no such question.
        NotConfiguredError: this process cannot read the evidence.
        NotAcceptableError: the format that is preferred cannot be made here.
        RoleMissingError: it is about other tenants, or about a person.

    """
    question, body = catalogue.named(call.parameter), call.body
    if question is None:
        raise NotFoundError("there is no such question; GET audit/questions lists all")
    desk = desk_of(api)
    check_format(call.format)
    with api.questions.hold():
        parameters = await given_by(desk, body.parameters, call.principal)
        requester = Requester(call.actor, body.purpose)
        answer = await desk.ask(
            question, parameters, requester, access.tenants(call.principal.roles, call.principal.tenant)
        )
        facts = {"question": question.id, "rows": len(answer.rows), "answer": statement.digest(answer.statement)}
        return await _handed_out(answer, (call.format, body.language), question.id, facts)


async def reports(_api: AdminContext, _call: AdminRequest) -> AdminResponse:
    """Every report: what it is for, on which basis, its parameters and parts."""
    return AdminResponse({"reports": [_form(form) for form in composing.every()]})


async def report(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The signed report.

    Raises:
        NotFoundError: there is no such report.
        NotConfiguredError: this process cannot read the evidence.
        RoleMissingError: it is about other tenants, or about a person.

    """
    form, body = composing.named(call.parameter), call.body
    if form is None:
        raise NotFoundError("there is no such report; GET audit/reports lists all")
    desk = desk_of(api)
    check_format(call.format)
    with api.questions.hold():
        parameters = await given_by(desk, body.parameters, call.principal)
        tenants = access.tenants(call.principal.roles, call.principal.tenant)
        signed = await desk.compose(form, parameters, Requester(call.actor, body.purpose), tenants)
        facts = {"report": form.name, "rows": signed.statement["rows"], "answer": statement.digest(signed.statement)}
        return await _handed_out(signed, (call.format, body.language), form.name, facts)


async def exchanges(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """A page of exchanges that match the filters of the query, newest first.

    Raises:
        NotConfiguredError: this process cannot read the evidence.
        RoleMissingError: it is about other tenants, or about a person.

    """
    desk = desk_of(api)
    with api.questions.hold():
        parameters, tenants = await _filters(desk, call)
        limit, after = call.number("limit", 50, listing.MOST), call.query.get("after", "")
        page = await desk.exchanges(parameters, limit, after, _requester(call), tenants)
    if call.format != formats.JSON:
        facts = {"rows": len(page.rows), "format": call.format}
        return AdminResponse({}, facts=facts, file=_page_file(page, call))
    answer = {"exchanges": page.rows, "after": page.after, "covers_all_records": page.complete, "unread": page.unread}
    return AdminResponse(answer, facts={"rows": len(page.rows)})


async def series(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Counts of exchanges over time that match the filters of the query; errors as ``exchanges``."""
    desk = desk_of(api)
    with api.questions.hold():
        parameters, tenants = await _filters(desk, call)
        split, bucket = call.query.get("by", "action"), call.query.get("bucket", "day")
        counts = await desk.series(parameters, split, bucket, _requester(call), tenants)
    document = {"by": split, "bucket": bucket, "points": counts.points, "covers_all_records": counts.complete}
    document["unread"] = counts.unread
    return AdminResponse(document, facts={"rows": len(counts.points)})


async def counts(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """Counts of exchanges that match the filters of the query, by two splits at once; errors as ``exchanges``."""
    desk = desk_of(api)
    with api.questions.hold():
        parameters, tenants = await _filters(desk, call)
        row, column = call.query.get("rows", "tenant"), call.query.get("columns", "action")
        crossed = await desk.crossed(parameters, row, column, _requester(call), tenants)
    document = {"rows": row, "columns": column, "cells": crossed.cells, "covers_all_records": crossed.complete}
    document["unread"] = crossed.unread
    return AdminResponse(document, facts={"rows": len(crossed.cells)})


async def facets(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """By what the exchanges that match the filters could be narrowed further; errors as ``exchanges``."""
    desk = desk_of(api)
    with api.questions.hold():
        parameters, tenants = await _filters(desk, call)
        counts = await desk.facets(parameters, _requester(call), tenants)
    document = {"exchanges": counts.exchanges, "facets": counts.values, "more": counts.more}
    coverage = {"covers_all_records": counts.complete, "unread": counts.unread, "verified": counts.verified}
    return AdminResponse({**document, **coverage})


async def _filters(desk: Desk, call: AdminRequest) -> tuple[dict[str, Any], tuple[str, ...] | None]:
    """Return what a query narrows exchanges to, and the tenants that the caller may read."""
    filters = {name: value for name, value in call.query.items() if name not in _PAGING}
    tenants = access.tenants(call.principal.roles, call.principal.tenant)
    return await given_by(desk, filters, call.principal), tenants


async def exchange(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The story of one exchange and its records.

    Raises:
        NotConfiguredError: this process cannot read the evidence.
        NotFoundError: no such exchange is recorded for a tenant that the caller may read.

    """
    desk = desk_of(api)
    tenants = access.tenants(call.principal.roles, call.principal.tenant)
    with api.questions.hold():
        records = await desk.exchange(call.parameter, _requester(call), tenants)
    if not records or (tenants is not None and not {record["tenant"] for record in records} <= set(tenants)):
        raise NotFoundError("no such exchange is recorded")
    parts = [section._asdict() for section in story.sections(records)]
    answer = {"exchange": call.parameter, "story": parts, "records": records}
    return AdminResponse(answer, facts={"rows": len(records)})


async def proof_of(api: AdminContext, call: AdminRequest) -> AdminResponse:
    """The proof of one exchange: what ``audit prove`` writes, and ``audit check`` verifies offline.

    Raises:
        NotConfiguredError: this process cannot read the evidence, or not all of it.
        NotFoundError: no such exchange is recorded for a tenant that the caller may read.
        NotProvenError: no signed note covers it yet, or the log is damaged.

    """
    desk, tenants = desk_of(api), access.tenants(call.principal.roles, call.principal.tenant)
    with api.questions.hold():
        try:
            proofs = await desk.proof(call.parameter, _requester(call), tenants)
        except ProofError as error:
            raise NotProvenError(f"the exchange cannot be proven: {error}") from error
        except ConfigurationError as error:
            raise NotConfiguredError("the login of this process does not read the whole log") from error
    if proofs is None:
        raise NotFoundError("no such exchange is recorded")
    return AdminResponse(proof.document(proofs), facts={"rows": len(proofs.records)})


async def checkpoint(api: AdminContext, _call: AdminRequest) -> AdminResponse:
    """The newest signed note of the log, as a whole and in its parts.

    Raises:
        NotConfiguredError: this process cannot read the evidence.
        NotFoundError: nothing is signed yet.

    """
    note = await desk_of(api).checkpoint()
    if note is None:
        raise NotFoundError("no checkpoint is signed yet")
    origin, size, root = note.splitlines()[:3]
    return AdminResponse({"origin": origin, "size": int(size), "root": root, "note": note})


async def _handed_out(signed: Signed, wanted: tuple[str, str], name: str, facts: Mapping[str, Any]) -> AdminResponse:
    """Return an answer or a report in the format and language that the caller prefers."""
    kind, language = wanted
    if kind == formats.JSON:
        return AdminResponse(signed.document(), facts=facts)
    try:
        content = await rendering.rendered(signed, kind, language)
    except ConfigurationError as error:
        raise NotAcceptableError(str(error)) from error
    return AdminResponse({}, facts={**facts, "format": kind}, file=formats.signed(kind, content, name, signed))


def _page_file(page: Page, call: AdminRequest) -> AnswerFile:
    """Return a page of exchanges as a file; where the next one begins is in ``Link`` (RFC 8288)."""
    if call.format == "csv":
        content = spreadsheet.table(listing.COLUMNS, page.rows)
    else:
        content = b"".join(statement.canonical(row) + b"\n" for row in page.rows)
    more = {"x-compliance-covers-all-records": str(page.complete).lower()}
    if page.after:
        more["Link"] = f'<?{urlencode({**call.query, "after": page.after})}>; rel="next"'
    return AnswerFile(call.format, content, "exchanges", more)


def check_format(kind: str) -> None:
    """Check that a format can be made here, before anything is asked.

    Raises:
        NotAcceptableError: an extra is not installed.

    """
    try:
        render.check((kind,))
    except ConfigurationError as error:
        raise NotAcceptableError(str(error)) from error


def _requester(call: AdminRequest) -> Requester:
    return Requester(call.actor, call.query.get("purpose", ""))


async def given_by(desk: Desk, parameters: Mapping[str, Any], principal: Principal) -> dict[str, Any]:
    """Return what is narrowed to, with a person's references in place of its name."""
    tenant, subject = parameters.get("tenant"), parameters.get("subject")
    tenants = access.tenants(principal.roles, principal.tenant)
    if tenant is not None and tenants is not None and tenant not in tenants:
        raise RoleMissingError("this key reads its own tenant; other tenants need the role auditor or privacy-officer")
    if subject is None:
        return dict(parameters)
    return {**parameters, "subject": await _references(desk, subject, tenant, principal)}


async def _references(desk: Desk, subject: Any, tenant: Any, principal: Principal) -> list[str]:
    if not access.may_name_subjects(principal.roles):
        raise RoleMissingError("looking for a person needs the role privacy-officer")
    if not isinstance(subject, str) or not isinstance(tenant, str | None):
        raise InvalidRequestError("'subject' and 'tenant' must be texts")
    if not subjects.is_keyed(subject) and tenant is None:
        raise InvalidRequestError("'subject' needs 'tenant': the same reference is another person for another tenant")
    return list(await desk.references(subject, tenant or ""))


def desk_of(api: AdminContext) -> Desk:
    if api.desk is None:
        raise NotConfiguredError("this process does not answer from the evidence")
    return api.desk


def _described(question: Question) -> Mapping[str, Any]:
    described = question.description
    return {
        "id": question.id,
        "name": question.name,
        "title": described.title,
        "for": described.persona,
        "basis": described.basis,
        "scope": described.scope,
        "version": described.version,
        "parameters": {name: PARAMETERS[name].meaning for name in parameters.offered(question.parameters)},
        "required": described.required,
        "whole_days": described.whole_days,
        "columns": described.columns,
        "note": described.note,
    }


def _form(form: ComposedReport) -> Mapping[str, Any]:
    described = form.description
    return {
        "name": form.name,
        "title": described.title,
        "for": described.persona,
        "basis": described.basis,
        "version": described.version,
        "parameters": {name: PARAMETERS[name].meaning for name in form.offered},
        "required": described.required,
        "parts": {
            part.name: {"title": part.description.title, "columns": part.question.columns} for part in form.parts
        },
        "not_recorded": described.not_recorded,
    }
