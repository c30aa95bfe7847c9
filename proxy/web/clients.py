"""Which programs a caller can use here: ``GET /v1/compliance/clients/NAME``, for ``compliance-proxy use``."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web

from proxy.core.dialects import NATIVE, NO, TRANSLATED
from proxy.core.routing.routing import reachable
from proxy.core.targets.clients import CLIENTS, ClientProgram
from proxy.core.targets.registered import Catalog, Target
from proxy.core.wire import JSON
from proxy.errors import ProxyError, UnknownRouteError
from proxy.web import handlers

PATH = "/v1/compliance/clients/{name}"


async def handle(request: web.Request) -> web.Response:
    """Say how a program is served, to anyone with a valid key; no target is called."""
    gate = request.app[handlers.GATE]
    dialect = gate.table.find(request.method, request.rel_url.raw_path, request.headers).dialect
    try:
        principal = await handlers.authenticated(gate, request, PATH)
        program = CLIENTS.get(request.match_info["name"])
        if program is None:
            raise UnknownRouteError
    except ProxyError as fault:
        return handlers.faulty(fault, handlers.fresh_id(), dialect)
    return web.Response(
        body=orjson.dumps(described(program, gate.pipeline.catalog, principal.tenant)), content_type=JSON
    )


def described(program: ClientProgram, catalog: Catalog, tenant: str) -> dict[str, Any]:
    """Return the APIs of a program, and the best way in which a target of the tenant's routes serves it."""
    ways = {_way(program, target) for target in reachable(catalog, tenant)}
    best = next((way for way in (NATIVE, TRANSLATED) if way in ways), NO)
    return {"title": program.title, "speaks": list(program.speaks), "served": best}


def _way(program: ClientProgram, target: Target) -> str:
    accepts = target.accepts
    if accepts.dialects & set(program.speaks) and program.takes <= accepts.features | accepts.droppable:
        return NATIVE
    return TRANSLATED if accepts.translated else NO
