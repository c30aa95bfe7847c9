"""The receipt of an exchange, for its own caller: ``GET /v1/compliance/receipts/EXCHANGE``."""

from __future__ import annotations

from typing import Protocol

import orjson
from aiohttp import web

from proxy.audit.access.receipts import ReceiptPendingError
from proxy.audit.verification import proof
from proxy.audit.verification.proof import ExchangeProof, ProofError
from proxy.core.wire import JSON
from proxy.errors import ProxyError, UnknownRouteError
from proxy.web import handlers

PATH = "/v1/compliance/receipts/{exchange}"
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


async def handle(request: web.Request) -> web.Response:
    """Return the receipt: 202 until a signed note covers it, 404 where the caller's service has no such exchange."""
    gate = request.app[handlers.GATE]
    dialect = gate.table.find(request.method, request.rel_url.raw_path, request.headers).dialect
    try:
        principal = await handlers.authenticated(gate, request, PATH)
        with gate.admission.place(principal):
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
