"""Serves the admin API: authentication, roles, the operation, its record, its answer. No request here calls a target.

An answer in JSON that takes more than a few seconds begins early, with status 200 and white space, so that nothing
between caller and proxy closes an idle connection; a later failure is in the body as ``error``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from proxy.core.records import Principal
from proxy.errors import ProxyError
from proxy.web import body as body_of
from proxy.web import handlers
from proxy.web.admission import BudgetShare
from proxy.web.api import access, formats, table
from proxy.web.api.faults import AdminRoleMissingError, InvalidRequestError, UnknownOperationError
from proxy.web.api.operations import ROOT, AdminOperation, AdminRequest, AdminResponse, validated
from proxy.web.api.performing import Performance, check_role, faulty
from proxy.web.api.ports import AdminContext
from proxy.web.handlers import SERVICES, Services

API = web.AppKey("admin_api", AdminContext)
PATTERN = f"{ROOT}{{anything:.*}}"
_EARLY_S = 10.0


@dataclass(slots=True)
class _Call:
    """One request in progress."""

    api: AdminContext
    services: Services
    request: web.Request
    id: str
    principal: Principal
    share: BudgetShare
    operation: AdminOperation | None = None
    fields: list[str] = field(default_factory=list)  # names of the body's fields

    async def answer(self) -> web.StreamResponse:
        """Serve it; a fault is answered and recorded like any other outcome."""
        try:
            operation, call = await self._admitted()
        except ProxyError as fault:
            return _response(await self._performance().recorded(faulty(fault, self.id)), self.id)
        try:
            async with asyncio.TaskGroup() as tasks:
                work = tasks.create_task(self._performance().run(operation, call))
                early = await self._early(work) if call.format == formats.JSON else None
        except* ConnectionError as group:
            raise group.exceptions[0] from None
        if early is None:
            return await self._sent(work.result())
        await early.write(orjson.dumps(work.result().document, default=str))
        await early.write_eof()
        return early

    async def _admitted(self) -> tuple[AdminOperation, AdminRequest]:
        """Return the operation and the validated request.

        Raises:
            AdminRoleMissingError: before anything else is revealed.
            RoleMissingError, UnknownOperationError, InvalidRequestError: see there.

        """
        if not access.effective(self.principal.roles):
            raise AdminRoleMissingError
        self.share.admit()
        operation, parameter, methods = table.find(self.request.method, self.request.path)
        if operation is None:
            raise UnknownOperationError(f"this path only supports {', '.join(sorted(methods))}" if methods else None)
        self.operation = operation
        check_role(operation, self.principal)
        return operation, await self._request(operation, parameter)

    def _performance(self) -> Performance:
        return Performance(self.api, self.id, self.principal, self.operation, self.fields)

    async def _request(self, operation: AdminOperation, parameter: str) -> AdminRequest:
        body = None
        if operation.body is not None or operation.any_body:
            raw = await body_of.read(self.request, self.services.body_timeout_s, self.share.hold)
            body = await asyncio.to_thread(_parsed, operation, raw)
            self.fields = sorted(getattr(body, "model_fields_set", ()))
        unknown = [name for name in self.request.query if name not in dict(operation.parameters)]
        if unknown or len(set(self.request.query)) < len(self.request.query):
            parameters = ", ".join(name for name, _ in operation.parameters) or "none"
            raise InvalidRequestError(f"a parameter is unknown or repeated; this operation has {parameters}")
        return AdminRequest(
            id=self.id,
            format=_format(self.request, operation),
            principal=self.principal,
            parameter=parameter,
            query=dict(self.request.query),
            if_match=self.request.headers.get("If-Match", "").strip(),
            if_none_match=self.request.headers.get("If-None-Match", "").strip(),
            body=body,
        )

    async def _sent(self, answer: AdminResponse) -> web.StreamResponse:
        """Send an answer; of a stored file one piece after the other."""
        if answer.file is None or answer.file.pieces is None:
            return _response(answer, self.id)
        headers = {**_headers(self.id), **answer.headers, **answer.file.headers}
        response = web.StreamResponse(status=answer.status, headers=headers)
        await response.prepare(self.request)
        async for piece in answer.file.pieces:
            await response.write(piece)
        await response.write_eof()
        return response

    async def _early(self, work: asyncio.Task[AdminResponse]) -> web.StreamResponse | None:
        """Begin an answer that takes long and keep its connection alive; None if the work ended before."""
        response: web.StreamResponse | None = None
        while not (await asyncio.wait({work}, timeout=_EARLY_S))[0]:
            if response is None:
                response = web.StreamResponse(headers=_headers(self.id) | {"Content-Type": "application/json"})
                await response.prepare(self.request)
            await response.write(b" ")
        return response


async def handle(request: web.Request) -> web.StreamResponse:
    """Serve one request below ``/admin/v1/``."""
    services, call_id = request.app[SERVICES], handlers.fresh_id()
    try:
        principal = await handlers.authenticated(services, request, handlers.ADMIN)
    except ProxyError as fault:
        return _response(faulty(fault, call_id), call_id)
    with services.admission.share(principal) as turn:
        return await _Call(request.app[API], services, request, call_id, principal, turn).answer()


def _format(request: web.Request, operation: AdminOperation) -> str:
    """Return the format that the caller prefers of those that an operation answers in."""
    if operation.stored:
        return formats.STORED
    return formats.preferred(",".join(request.headers.getall("Accept", ())), (formats.JSON, *operation.files))


def _parsed(operation: AdminOperation, raw: bytes) -> Any:
    try:
        document = orjson.loads(raw) if raw.strip() else None
    except ValueError as error:
        raise InvalidRequestError("the body is not JSON") from error
    if document is None and operation.any_body:
        raise InvalidRequestError("the body must be a JSON value")
    return validated(operation, document)


def _headers(call_id: str) -> dict[str, str]:
    return {"x-request-id": call_id, "Cache-Control": "no-store"}


def _response(answer: AdminResponse, call_id: str) -> web.Response:
    headers: Mapping[str, str] = {**_headers(call_id), **answer.headers}
    if answer.file is not None:
        return web.Response(status=answer.status, body=answer.file.content, headers={**headers, **answer.file.headers})
    body = orjson.dumps(answer.document, default=str)
    return web.Response(status=answer.status, body=body, headers=headers, content_type="application/json")
