"""Request -> authenticated exchange -> pipeline. What fails before policy is asked is recorded too."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from aiohttp import web

from proxy.codecs.base import PRESENTED, Dialect
from proxy.codecs.bodies.fields import URLENCODED
from proxy.codecs.endpoints import TABLE, UNKNOWN, RouteMatch, Table
from proxy.core.documents import is_text
from proxy.core.extent import Extent, TextExtent
from proxy.core.records import DeclaredFacts, Exchange, Grant, Principal
from proxy.core.response_headers import of_code
from proxy.core.routing.routing import models, serves
from proxy.core.targets.registered import Catalog
from proxy.core.wire import JSON, new_exchange_id
from proxy.errors import (
    GrantsUnavailableError,
    GrantUnusableError,
    IdentityUnavailableError,
    MalformedRequestError,
    MethodNotAllowedError,
    ProxyError,
    StatefulUnsupportedError,
    UnauthenticatedError,
    UnknownModelError,
    UnknownRouteError,
)
from proxy.exchange.pipeline import Pipeline
from proxy.exchange.request import ClientRequest
from proxy.ports import Clock, EventLog, Grants, Subjects
from proxy.runtime import trace
from proxy.runtime.log import logger, where
from proxy.runtime.offload import on_behalf_of, run_in_thread_if_large
from proxy.runtime.steps import in_turns
from proxy.web import body, incoming, metrics
from proxy.web.admission import Admission, BudgetShare
from proxy.web.client import GONE, HttpClient
from proxy.web.credentials import SCHEMES, accounts, beside, is_key, path, presented, repeated
from proxy.web.declared import asks_for_receipt, declared, named_subject, undeclared
from proxy.web.unauthenticated import Unauthenticated

#: The class of the admin API's paths.
ADMIN, _ADMIN_ROOT = "admin", "/admin/v1/"
#: The suffix of media types that are JSON (RFC 6838).
_JSON = "+json"
_OK = 200
_NO_SUBJECT = "the data subject could not be looked up"


class Identity(Protocol):
    """Finds callers by their credential."""

    async def find(self, presented: str) -> Principal | None:
        """Return the caller, or None if the key or token is not valid now."""
        ...


@dataclass(slots=True)
class Services:
    """Everything a handler needs; ``pipeline`` is replaced whole when the catalog is reloaded."""

    pipeline: Pipeline
    identity: Identity
    events: EventLog
    clock: Clock
    body_timeout_s: float
    admission: Admission
    unauthenticated: Unauthenticated
    grants: Grants | None = None  # without it no grant can be used
    subjects: Subjects | None = None  # without it no request can name its data subject
    receipt: Callable[[str, str, str], None] = lambda *_: None  # asks for one, by exchange, tenant and service
    table: Table = TABLE
    draining: bool = False
    text_bytes: int = 4 << 20  # limit of the strings in one JSON body
    access_log: bool = False


SERVICES = web.AppKey("services", Services)


async def handle(request: web.Request) -> web.StreamResponse:
    """Serve one request, whatever its method and path."""
    services = request.app[SERVICES]
    match = services.table.find(request.method, path(request.rel_url), request.headers, request.rel_url.query)
    if match.served is not None and match.served.api is None:
        return await _listed(services, request, match)
    exchange_id = new_exchange_id(services.clock.now())
    attributes = {"http__request__method": request.method, "http__route": match.template}
    with trace.server(f"{request.method} {match.template}", request.headers, exchange=exchange_id, **attributes):
        return await _exchange(services, request, match, exchange_id)


async def _exchange(
    services: Services, request: web.Request, match: RouteMatch, exchange_id: str
) -> web.StreamResponse:
    headers = {**_identified_by(match.dialect, exchange_id), **_allowed(match)}
    client = HttpClient(request, headers, services.body_timeout_s)
    started = services.clock.monotonic()
    try:
        principal = await authenticated(
            services, request, _class_of(request.path, match), match.dialect.credential_places
        )
    except ProxyError as fault:
        trace.answered(fault.status, fault.code)
        return faulty(fault, exchange_id, match.dialect)
    try:
        with on_behalf_of(principal.tenant), services.admission.share(principal) as turn:
            start = _ExchangeStart(exchange_id, match, principal, turn)
            await in_turns(principal.tenant, _serve(services, request, client, start))
    except ProxyError as fault:
        _fail(request, client, fault, exchange_id, match.dialect)
    except asyncio.CancelledError:
        client.left()
        raise
    except Exception as error:  # noqa: BLE001 - the message of a bug's exception could contain payload text
        logger().error("exchange_failed", exchange=exchange_id, error=type(error).__name__, where=where(error))
        _fail(request, client, ProxyError(), exchange_id, match.dialect)
    finally:
        if asks_for_receipt(request.headers):
            services.receipt(exchange_id, principal.tenant, principal.service)
        seconds = services.clock.monotonic() - started
        if client.head:
            metrics.STREAMS.dec()
        answered = _answered(services, client, match, principal.tenant)
        metrics.served(answered, seconds)
        trace.annotate(tenant=answered.tenant, gen_ai__request__model=answered.model)
        trace.answered(answered.status, answered.code)
        if services.access_log:
            _log_access(answered, exchange_id, principal, seconds)
    return client.response or faulty(ProxyError(), exchange_id, match.dialect)


def _log_access(answered: metrics.Answered, exchange_id: str, principal: Principal, seconds: float) -> None:
    """Write the line of an exchange: names of our own, numbers and ids, nothing of its content."""
    logger().info(
        "request",
        exchange=exchange_id,
        **answered._asdict(),
        responsibility=answered.responsibility,
        service=principal.service,
        key=principal.key_id,
        ms=round(seconds * 1000, 1),
    )


def _answered(services: Services, client: HttpClient, match: RouteMatch, tenant: str) -> metrics.Answered:
    """Return how an exchange was answered; one without an answer is that of a caller who left."""
    status, code = (client.status, client.code) if client.status else (GONE, "client_gone")
    model = client.model if client.model in services.pipeline.models else ""
    return metrics.Answered(match.template, status, client.action, code, tenant, model, client.target)


def _identified_by(dialect: Dialect, exchange_id: str) -> Mapping[str, str]:
    return dict.fromkeys(("x-request-id", "x-compliance-exchange", *dialect.id_headers), exchange_id)


def _class_of(path: str, match: RouteMatch) -> str:
    """Return the class of a request's path: the admin API has its own even where it is not served."""
    return ADMIN if match.template == UNKNOWN and path.startswith(_ADMIN_ROOT) else match.template


def _allowed(match: RouteMatch) -> Mapping[str, str]:
    return {"allow": ", ".join(match.allowed)} if match.allowed else {}


def fresh_id() -> str:
    """Return the id of a reply without an exchange: 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class _ExchangeStart:
    """What is known of an exchange before its headers are read."""

    id: str
    match: RouteMatch
    principal: Principal
    share: BudgetShare

    def exchange(self, services: Services, facts: DeclaredFacts, grant: Grant | None = None) -> Exchange:
        served = self.match.served
        name = served.api.name if served is not None and served.api is not None else UNKNOWN
        return Exchange(self.id, services.clock.now(), self.principal, facts, name, self.match.template, grant)


async def _serve(services: Services, request: web.Request, client: HttpClient, start: _ExchangeStart) -> None:
    match = start.match
    facts: DeclaredFacts | None = None
    try:
        if match.served is None or match.served.api is None:
            raise _unserved(match)
        facts = declared(request.headers, start.principal, dry_run=match.dry_run)
        token = facts.target_credential or beside(request.headers, request.rel_url, match.dialect.credential_places)
        if token:
            facts = replace(facts, target_credential=token, target_accounts=accounts(request.headers))
        facts = await _with_subject(services, start.principal, facts, named_subject(request.headers))
        start.share.admit()
        head = incoming.read(request, match, match.served)
        grant = await _grant(services, start, facts) if facts.break_glass else None
        extent = _extent(services, head.media)
        read = await body.read(request, services.body_timeout_s, start.share.hold, extent)
        served, api = match.served, match.served.api
        if match.others:
            served, api = await run_in_thread_if_large(len(read), lambda: match.by(read))
            match = replace(match, dialect=served.dialect, served=served)
            start, head = replace(start, match=match), incoming.read(request, match, served)
    except ProxyError as fault:
        exchange = start.exchange(services, facts or undeclared(start.principal))
        await services.pipeline.reject(exchange, match.dialect, client, fault)
        return
    exchange = start.exchange(services, facts, grant)
    error_dialect = match.dialect if match.dialect is not served.dialect else None
    most_text = services.text_bytes if extent is not None else 0
    await services.pipeline.handle(
        ClientRequest(exchange, api, replace(head, body=read), client, error_dialect, most_text=most_text)
    )


def _extent(services: Services, media: str) -> Extent | None:
    """Return what counts the text of a body, None for a body that may be anything else."""
    if media == JSON or media.endswith(_JSON):
        return Extent(services.text_bytes)
    return TextExtent(services.text_bytes) if is_text(media) or media == URLENCODED else None


def _unserved(match: RouteMatch) -> ProxyError:
    if match.kept:
        return StatefulUnsupportedError()
    return MethodNotAllowedError() if match.allowed else UnknownRouteError()


async def _with_subject(services: Services, principal: Principal, facts: DeclaredFacts, named: str) -> DeclaredFacts:
    """Add the data subject to the facts, by the name that we have for them."""
    if not named:
        return facts
    if services.subjects is None:
        raise IdentityUnavailableError(_NO_SUBJECT)
    subject = await services.subjects.of(principal.tenant, named)
    return replace(
        facts,
        subject_refs=(subject.reference,),
        subject_mark=subject.mark,
        restricted=facts.restricted or subject.restricted,
    )


async def _grant(services: Services, start: _ExchangeStart, facts: DeclaredFacts) -> Grant:
    """Look up the grant that a caller presents; an unusable one is recorded and ends the request."""
    principal = start.principal
    if services.grants is None:
        raise GrantsUnavailableError
    try:
        return await services.grants.find(facts.break_glass, principal, facts.activity)
    except GrantUnusableError as fault:
        facts_ = {"grant": facts.break_glass, "reason": str(fault), "exchange": start.id}
        by = {"tenant": principal.tenant, "service": principal.service, "key_id": principal.key_id}
        services.events.event("break_glass_refused", facts_ | by)
        raise


async def authenticated(
    services: Services, request: web.Request, label: str, places: Sequence[str] = PRESENTED
) -> Principal:
    """Return the caller; ``label`` is the class of its path, ``places`` are where a credential may be.

    Raises:
        UnauthenticatedError: no credential, or no valid one; only counted, since anyone can send any number of them.
        MalformedRequestError: a header repeats a credential; only counted, too.
        IdentityUnavailableError: the credential cannot be verified now.

    """
    try:
        headers, url = request.headers, request.rel_url
        if repeated(headers, url, places):
            services.unauthenticated.note(label, presented=True)
            raise MalformedRequestError("a header with a credential is repeated")
        credential = presented(headers, url, places)
        principal = await _identified(services, credential) if credential else None
        if principal is None:
            services.unauthenticated.note(label, presented=bool(credential))
            raise UnauthenticatedError(_why(credential, places))
    except ProxyError as fault:
        answered = metrics.Answered(label, fault.status, code=fault.code)
        metrics.served(answered)
        if services.access_log:
            logger().info("request", **answered._asdict(), responsibility=answered.responsibility)
        raise
    return principal


def _why(credential: str, places: Sequence[str]) -> str:
    """Return why a caller is not known, as far as anyone may know: an expired key is as unknown as an invented one."""
    if not credential:
        return f"no key or token was presented; this path takes one as {', '.join(map(_header_of, places))}"
    if is_key(credential):
        return "this key of the proxy is unknown, expired or revoked"
    return "this is neither a key of the proxy (cp_...) nor a valid token of the organisation's issuer"


def _header_of(source: str) -> str:
    """Return a place of a credential as people write it: a scheme, a header or a parameter of the query."""
    return f"'Authorization: {source.capitalize()}'" if source in SCHEMES else source


async def _identified(services: Services, credential: str) -> Principal | None:
    try:
        return await services.identity.find(credential)
    except ProxyError:
        raise
    except Exception as error:
        logger().error("identity_failed", error=type(error).__name__, where=where(error))
        raise IdentityUnavailableError from error


async def _listed(services: Services, request: web.Request, match: RouteMatch) -> web.Response:
    """List the models for the caller's tenant, or show one of them; no target is called."""
    try:
        principal = await authenticated(services, request, match.template, match.dialect.credential_places)
    except ProxyError as fault:
        return faulty(fault, fresh_id(), match.dialect)
    try:
        listing = _listing(match, services.pipeline.catalog, principal.tenant)
    except ProxyError as fault:
        metrics.served(metrics.Answered(match.template, fault.status, code=fault.code, tenant=principal.tenant))
        return faulty(fault, fresh_id(), match.dialect)
    metrics.served(metrics.Answered(match.template, _OK, tenant=principal.tenant))
    return web.Response(body=listing, content_type=JSON)


def _listing(match: RouteMatch, catalog: Catalog, tenant: str) -> bytes:
    names = models(catalog, tenant)
    if not match.variables:
        return match.dialect.models(names)
    name = next(iter(match.variables.values()))
    if name not in names and not serves(catalog, tenant, name):
        raise UnknownModelError
    return match.dialect.model(name)


def _fail(request: web.Request, client: HttpClient, fault: ProxyError, exchange_id: str, dialect: Dialect) -> None:
    """Answer with the fault; a reply that has begun is cut instead, so that it cannot look complete."""
    if client.response is None:
        client.response, client.status, client.code = faulty(fault, exchange_id, dialect), fault.status, fault.code
    elif request.transport is not None:
        request.transport.close()


def faulty(fault: ProxyError, exchange_id: str, dialect: Dialect) -> web.Response:
    """Return the reply that renders a fault in the caller's dialect."""
    return web.Response(
        status=fault.status,
        body=dialect.error(fault.status, fault.code, fault.message, exchange_id),
        content_type=JSON,
        headers={
            **_identified_by(dialect, exchange_id),
            **of_code(fault.status, fault.code, fault.retry_after_s, final=fault.final),
            **dialect.headers(fault.status, fault.code),
        },
    )
