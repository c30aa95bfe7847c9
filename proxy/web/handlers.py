"""Request -> authenticated exchange -> pipeline. What fails before policy can be asked is recorded too."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import orjson
from aiohttp import web

from proxy.codecs import openai
from proxy.codecs.base import Api
from proxy.codecs.openai_chat import OpenAIChat
from proxy.codecs.openai_embeddings import OpenAIEmbeddings
from proxy.core.keyring import Keyring
from proxy.core.records import Declared, Exchange, Grant, Principal
from proxy.core.routing import models
from proxy.core.wire import Incoming
from proxy.delivery import Request
from proxy.errors import (
    GrantsUnavailableError,
    GrantUnusableError,
    IdentityUnavailableError,
    MalformedRequestError,
    ProxyError,
    UnauthenticatedError,
    UnknownRouteError,
    retry_headers,
)
from proxy.log import logger
from proxy.pipeline import Pipeline
from proxy.ports import Clock, Grants
from proxy.web import body, metrics
from proxy.web.admission import Admission, Place
from proxy.web.client import HttpClient
from proxy.web.declared import declared, undeclared
from proxy.web.unauthenticated import Unauthenticated

CODECS: Mapping[str, Api] = {"/v1/chat/completions": OpenAIChat(), "/v1/embeddings": OpenAIEmbeddings()}
_UNKNOWN = "unknown"
_ADMIN = "/admin/v1/"
_BEARER = "bearer "
_CREDENTIALS = ("Authorization", "x-api-key", "api-key")


class Identity(Protocol):
    """Knows callers by what they present."""

    async def find(self, presented: str) -> Principal | None:
        """Return the caller, or None when the key or token is not valid now."""
        ...


class Events(Protocol):
    """Records what is no exchange."""

    def event(self, name: str, facts: Mapping[str, object]) -> bool:
        """Queue an event record; return whether it was taken."""
        ...


@dataclass(slots=True)
class Gate:
    """Everything a handler needs; ``pipeline`` is swapped whole when the catalog is reloaded."""

    pipeline: Pipeline
    identity: Identity
    events: Events
    keyring: Keyring
    clock: Clock
    body_timeout_s: float
    admission: Admission
    unauthenticated: Unauthenticated
    grants: Grants | None = None  # without it no grant can be presented
    draining: bool = False


GATE = web.AppKey("gate", Gate)


async def exchange(request: web.Request) -> web.StreamResponse:
    """Serve one request of a known path."""
    gate = request.app[GATE]
    path = request.path
    exchange_id = fresh_id()
    client = HttpClient(request, exchange_id, gate.body_timeout_s)
    started = gate.clock.monotonic()
    try:
        principal = await authenticated(gate, request)
    except ProxyError as fault:
        return _error(fault, exchange_id)
    try:
        with gate.admission.place(principal) as place:
            await _serve(gate, request, client, _Opening(exchange_id, path, principal, place))
    except ProxyError as fault:
        _fail(request, client, fault, exchange_id)
    except Exception as error:  # noqa: BLE001 - a bug must not print payload text, which its message may hold
        logger().error("exchange_failed", exchange=exchange_id, error=type(error).__name__, where=where(error))
        _fail(request, client, ProxyError(), exchange_id)
    finally:
        seconds = gate.clock.monotonic() - started
        metrics.served(path, client.status, client.action, seconds)
        logger().debug(
            "exchange", exchange=exchange_id, path=_template(path), status=client.status, seconds=round(seconds, 4)
        )
    return client.response or _error(ProxyError(), exchange_id)


def fresh_id() -> str:
    """Return 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class _Opening:
    """What is known of an exchange before its headers are read."""

    id: str
    path: str
    principal: Principal
    place: Place

    def exchange(self, gate: Gate, facts: Declared, grant: Grant | None = None) -> Exchange:
        codec = CODECS.get(self.path)
        dialect = codec.name if codec else _UNKNOWN
        path = self.path if codec else _UNKNOWN
        return Exchange(self.id, gate.clock.now(), self.principal, facts, dialect, path, grant)


async def _serve(gate: Gate, request: web.Request, client: HttpClient, opening: _Opening) -> None:
    codec = CODECS.get(opening.path)
    try:
        if codec is None or request.method != "POST":
            raise UnknownRouteError
        facts = declared(request.headers, opening.principal, gate.keyring)
        opening.place.admit()
        grant = await _grant(gate, opening, facts) if facts.break_glass else None
        read = await body.read(request, gate.body_timeout_s, opening.place.hold)
    except ProxyError as fault:
        await _rejected(gate, client, opening, fault)
        return
    await gate.pipeline.handle(Request(opening.exchange(gate, facts, grant), codec, Incoming(read), client))


async def _grant(gate: Gate, opening: _Opening, facts: Declared) -> Grant:
    """Look up the grant that a caller presents; one that cannot be used is recorded and never passed over."""
    principal = opening.principal
    if gate.grants is None:
        raise GrantsUnavailableError
    try:
        return await gate.grants.find(facts.break_glass, principal, facts.activity)
    except GrantUnusableError as fault:
        said = {"grant": facts.break_glass, "reason": str(fault), "exchange": opening.id}
        by = {"tenant": principal.tenant, "service": principal.service, "key_id": principal.key_id}
        gate.events.event("break_glass_refused", said | by)
        raise


async def _rejected(gate: Gate, client: HttpClient, opening: _Opening, fault: ProxyError) -> None:
    """Record and answer a request that cannot be put to policy."""
    known = CODECS.get(opening.path) or CODECS["/v1/chat/completions"]
    facts = undeclared(opening.principal)
    await gate.pipeline.reject(Request(opening.exchange(gate, facts), known, Incoming(b""), client), fault)


async def authenticated(gate: Gate, request: web.Request) -> Principal:
    """Return the caller.

    Raises:
        UnauthenticatedError: nobody, or nobody known; counted, since anybody can send any number of such requests.
        MalformedRequestError: the same header presents two credentials; counted likewise.
        IdentityUnavailableError: who it is cannot be judged now.

    """
    try:
        if any(len(request.headers.getall(name, ())) > 1 for name in _CREDENTIALS):
            gate.unauthenticated.note(_path_class(request.path), presented=True)
            raise MalformedRequestError("a header that holds a credential is repeated")
        presented = _presented(request.headers)
        principal = await _identified(gate, presented) if presented else None
        if principal is None:
            gate.unauthenticated.note(_path_class(request.path), presented=bool(presented))
            raise UnauthenticatedError
    except ProxyError as fault:
        metrics.refused_before_policy(_path_class(request.path), fault.code)
        raise
    return principal


async def _identified(gate: Gate, presented: str) -> Principal | None:
    try:
        return await gate.identity.find(presented)
    except ProxyError:
        raise
    except Exception as error:
        logger().error("identity_failed", error=type(error).__name__, where=where(error))
        raise IdentityUnavailableError from error


def _presented(headers: Mapping[str, str]) -> str:
    authorization = headers.get("Authorization", "")
    if authorization[: len(_BEARER)].lower() == _BEARER:
        return authorization[len(_BEARER) :].strip()
    return headers.get("x-api-key") or headers.get("api-key") or ""


def _template(path: str) -> str:
    return path if path in CODECS or path == "/v1/models" else _UNKNOWN


def _path_class(path: str) -> str:
    """Return the path where it is one of ours, "admin" below the admin API's root, else "unknown"."""
    return "admin" if path.startswith(_ADMIN) else _template(path)


async def list_models(request: web.Request) -> web.Response:
    """List what the caller's tenant may ask for; nothing leaves for a target."""
    gate = request.app[GATE]
    try:
        principal = await authenticated(gate, request)
    except ProxyError as fault:
        return _error(fault, fresh_id())
    names = models(gate.pipeline.catalog, principal.tenant)
    listed = [{"id": name, "object": "model", "created": 0, "owned_by": "compliance-proxy"} for name in names]
    return web.Response(body=orjson.dumps({"object": "list", "data": listed}), content_type="application/json")


def where(error: BaseException) -> str:
    """Return file and line of the innermost frame."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.tb_lineno}" if frame is not None else ""


def _fail(request: web.Request, client: HttpClient, fault: ProxyError, exchange_id: str) -> None:
    """Answer with the fault; a reply that has begun is broken off instead, so that it cannot look complete."""
    if client.response is None:
        client.response, client.status = _error(fault, exchange_id), fault.status
    elif request.transport is not None:
        request.transport.close()


def _error(fault: ProxyError, exchange_id: str) -> web.Response:
    return web.Response(
        status=fault.status,
        body=openai.error(fault.status, fault.code, str(fault), exchange_id),
        content_type="application/json",
        headers={
            "x-request-id": exchange_id,
            "x-compliance-exchange": exchange_id,
            **retry_headers(fault.status, fault.retry_after_s, final=fault.final),
        },
    )
