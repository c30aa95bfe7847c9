"""What a caller may ask of this proxy itself, at ``GET /v1/compliance/...``.

``clients/NAME``: which programs the caller can use here, for ``compliance-proxy use``. ``codes/CODE``: what a reason
code means, whose it is and what to do, for anyone. Every refusal names that address in its header ``Link``; it holds
what this release says of a code, and nothing of an installation, so it needs no key: a browser has none.
``receipts/EXCHANGE``: the receipt of an exchange, for its own caller.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Protocol

import orjson
from aiohttp import web

from proxy import errors
from proxy.audit.access.receipts import ReceiptPendingError
from proxy.audit.verification import proof
from proxy.audit.verification.proof import ExchangeProof, ProofError
from proxy.core.decision.reasons import MEANINGS, REASONS, Reason, reason
from proxy.core.response_headers import CODES
from proxy.core.routing.routing import reachable
from proxy.core.targets.capabilities import NATIVE, NO, TRANSLATED
from proxy.core.targets.clients import CLIENTS, ClientProgram
from proxy.core.targets.registered import Catalog, Target
from proxy.core.wire import JSON
from proxy.errors import ProxyError, UnknownRouteError
from proxy.web import handlers
from proxy.web.api import faults

CLIENT_PATH = "/v1/compliance/clients/{name}"


async def show_client(request: web.Request) -> web.Response:
    """Say how a program is served, to anyone with a valid key; no target is called."""
    services = request.app[handlers.SERVICES]
    dialect = services.table.find(request.method, request.rel_url.raw_path, request.headers).dialect
    try:
        principal = await handlers.authenticated(services, request, CLIENT_PATH)
        program = CLIENTS.get(request.match_info["name"])
        if program is None:
            raise UnknownRouteError
    except ProxyError as fault:
        return handlers.faulty(fault, handlers.fresh_id(), dialect)
    return web.Response(
        body=orjson.dumps(described(program, services.pipeline.catalog, principal.tenant)), content_type=JSON
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


CODES_PATH, CODE_PATH = CODES, CODES + "/{code}"
_OWN = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_OF_OWN_RULES = "A rule of the organisation's own refuses this; the message of the refusal says which."


@cache
def meanings() -> Mapping[str, str]:
    """Return the sentence of every code."""
    documented = {kind.code: inspect.getdoc(kind) or "" for kind in fault_classes()}
    return {code: MEANINGS.get(code) or documented[code] for code in REASONS}


def fault_classes() -> Iterator[type[ProxyError]]:
    """Yield all faults, the admin API's too."""
    for module in (faults, errors):
        kinds = (kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, ProxyError))
        yield from (kind for kind in kinds if kind.__module__ == module.__name__)


async def list_codes(_request: web.Request) -> web.Response:
    """List all codes."""
    rows = (_explained(code, meanings()[code], each) for code, each in REASONS.items())
    return web.Response(text="\n".join(rows))


async def show_code(request: web.Request) -> web.Response:
    """Explain one code; 404 for what can be no code."""
    code = request.match_info["code"]
    if code not in REASONS and not _OWN.fullmatch(code):
        return web.Response(status=404, text="no such code\n")
    return web.Response(text=_explained(code, meanings().get(code, _OF_OWN_RULES), reason(code)))


def _explained(code: str, meaning: str, row: Reason) -> str:
    return f"{code}\n  {meaning}\n  Responsible: {row.responsibility}\n  What to do: {row.advice}.\n"


RECEIPT_PATH = "/v1/compliance/receipts/{exchange}"
_AGAIN_S = "10"
_PENDING = 202


class GivenReceipts(Protocol):
    """See ``proxy.audit.access.receipts.Receipts``."""

    async def of(self, exchange: str, tenant: str, service: str) -> ExchangeProof | None: ...


RECEIPTS = web.AppKey("receipts", GivenReceipts)


class NoReceiptError(ProxyError):
    """The exchange cannot be proven: the log is damaged, or this process may not read all of it."""

    status = 409
    code = "not_proven"


async def show_receipt(request: web.Request) -> web.Response:
    """Return the receipt: 202 until a signed note covers it, 404 where the caller's service has no such exchange."""
    services = request.app[handlers.SERVICES]
    dialect = services.table.find(request.method, request.rel_url.raw_path, request.headers).dialect
    try:
        principal = await handlers.authenticated(services, request, RECEIPT_PATH)
        with services.admission.share(principal):
            exchange = request.match_info["exchange"]
            receipt = await request.app[RECEIPTS].of(exchange, principal.tenant, principal.service)
        if receipt is None:
            raise UnknownRouteError
    except ReceiptPendingError as pending:
        body = orjson.dumps({"pending": str(pending)})
        return web.Response(status=_PENDING, body=body, content_type=JSON, headers={"retry-after": _AGAIN_S})
    except ProofError:
        return handlers.faulty(NoReceiptError(), handlers.fresh_id(), dialect)
    except ProxyError as fault:
        return handlers.faulty(fault, handlers.fresh_id(), dialect)
    return web.Response(body=proof.written(receipt), content_type=JSON)
