"""The console as an application of its own: every request is checked here before any page sees it.

In order: where it came from, whose session it is, the token of a change, the role, the purpose, the second factor.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import CIMultiDict

from proxy.console import forms, login, rendering, security, table
from proxy.console.forms import SUBJECT, PageTurns, check_address
from proxy.console.table import PageRoute
from proxy.console.visit import (
    Console,
    Download,
    GoTo,
    PageView,
    RefusedCallError,
    Shown,
    Visit,
    language_of,
    shown_csrf,
    token_of,
)
from proxy.console.words import LANGUAGES, chosen, spoken
from proxy.errors import ProxyError
from proxy.runtime.log import logger, where
from proxy.web.admission import Slots
from proxy.web.api.faults import AdminRoleMissingError, RoleMissingError, SecondFactorError, UnknownOperationError

CONSOLE = web.AppKey("console", Console)
_VISIT = web.RequestKey("visit", Visit)
_TURNS = web.AppKey("turns", PageTurns)
_FORM_BYTES = 2 << 20
_FAULT, _FAULT_NOTE = "fault.html.j2", "fault_note.html.j2"
#: A part of a page is asked for by this header; what went wrong is put within that part, which stays.
_PART = "HX-Request"
_WITHIN: Mapping[str, str] = {"HX-Reswap": "innerHTML", "HX-Reselect": ".fault"}
_ORIGIN = re.compile(r"^https?://[^/]*")
_NEEDS_ROLE = frozenset({RoleMissingError.code, AdminRoleMissingError.code})
_YEAR = "public, max-age=31536000, immutable"


def application(console: Console) -> web.Application:
    """Return the application to be served below ``/console/``."""
    app = web.Application(client_max_size=_FORM_BYTES, middlewares=[_guarded])
    api = replace(console.api, questions=Slots(2), commands=Slots(2), trials=Slots(2))
    app[CONSOLE], app[_TURNS] = replace(console, api=api), PageTurns()
    app.on_startup.append(_require)
    app.on_cleanup.append(_close)
    app.router.add_get("/static/{name:.+}", _static)
    app.router.add_get("/login", _login(login.page))
    app.router.add_post("/login", _login(login.with_link))
    app.router.add_get("/login/issuer", _login(login.ask_issuer))
    app.router.add_get("/login/answer", _login(login.answered))
    app.router.add_post("/logout", _login(login.out))
    app.router.add_post("/language", _login(login.language))
    app.router.add_route("*", "", _root)
    app.router.add_route("*", "/{anything:.*}", _page)
    return app


async def _require(_app: web.Application) -> None:
    rendering.require()


async def _ready(language: str, template: str = _FAULT) -> None:
    """Wait until a template is compiled, by a thread where it is not: a start does not pay for pages nobody opens."""
    if not rendering.is_ready(language, template):
        await asyncio.to_thread(rendering.prepare, language, template)


async def _close(app: web.Application) -> None:
    await app[CONSOLE].api.warm.close()


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check where a request comes from, and put the headers on every answer."""
    try:
        await _ready(chosen(*language_of(request)))
        request.app[CONSOLE].site.check(request)
        response = await handler(request)
    except ProxyError as fault:
        response = await _failed(request, fault)
    except web.HTTPNotFound:  # of the router: an address with a line feed matches no route
        response = await _failed(request, UnknownOperationError())
    except Exception as error:  # noqa: BLE001 - the message of a bug's exception could quote a form
        logger().error("console_failed", path=request.path, error=type(error).__name__, where=where(error))
        response = await _failed(request, ProxyError())
    for name, value in security.HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def _root(request: web.Request) -> web.Response:
    """Lead to the first page: its address ends with a slash."""
    return _gone_to(request, table.ROOT)


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    content, digest = rendering.files().get(name, (b"", ""))
    if not digest:
        return web.Response(status=HTTPStatus.NOT_FOUND, headers=security.HEADERS)
    lasting = _YEAR if request.query.get("v") == digest else "no-cache"
    headers = {**security.HEADERS, "Cache-Control": lasting, "ETag": f'"{digest}"'}
    headers["Content-Type"] = rendering.media(name)
    return web.Response(body=content, headers=headers)


def _login(run: Any) -> Handler:
    """Return the handler of a page that needs no session: the language is the browser's."""

    async def handle(request: web.Request) -> web.StreamResponse:
        fields = {} if request.method in security.SAFE else await forms.fields_of(request, forms.SMALL)
        async with request.app[_TURNS].taken():
            shown = await run(request.app[CONSOLE], request, fields)
        if isinstance(shown, web.Response):
            return shown
        return await _rendered(request, shown.template, shown.values, shown.status)

    return handle


async def _page(request: web.Request) -> web.StreamResponse:
    """Serve one page or act of somebody who is logged in."""
    console = request.app[CONSOLE]
    token = token_of(request, console.site)
    session = await console.logins.session(token) if token else None
    if session is None:
        return _gone_to(request, _before(request, "/console/login"))
    route, parameter, methods = table.find(request.method, request.path)
    fields: Mapping[str, str] = {}
    if request.method not in security.SAFE:
        fields = await forms.fields_of(request, _FORM_BYTES)
        security.check_csrf(token, shown_csrf(request, fields))
    words = spoken(chosen(*language_of(request)))
    visit = Visit(console, words, token, session, request.path, parameter, dict(request.query), fields)
    request[_VISIT] = visit
    if route is None:
        raise UnknownOperationError("this address takes another method" if methods else "there is no such page")
    if not route.roles & visit.roles:
        raise RoleMissingError(f"this page needs one of these roles: {', '.join(sorted(route.roles))}")
    if route.takes is not None and request.method in security.SAFE:
        check_address(request.query, route.takes)
    if route.asks and not session.purpose:
        return _gone_to(request, _before(request, "/console/session"))
    if route.fresh or SUBJECT in visit.query:
        visit.check_second_factor()
    async with request.app[_TURNS].taken(visit.principal.tenant, visit.principal.service):
        return await _shown(request, visit, route)


async def _shown(request: web.Request, visit: Visit, route: PageRoute) -> web.StreamResponse:
    """Serve a page, all of it of one moment of the log."""
    console = visit.console
    desk = console.api.desk
    if desk is None or route.method not in security.SAFE:
        return await _answer(request, visit, route, await route.run(visit))
    async with desk.at_one_moment() as still:
        visit.console = replace(console, api=replace(console.api, desk=still))
        return await _answer(request, visit, route, await route.run(visit))


async def _answer(request: web.Request, visit: Visit, route: PageRoute, shown: Shown) -> web.StreamResponse:
    match shown:
        case GoTo(path):
            return _gone_to(request, security.local_path(path))
        case Download(answer, name):
            return _file(answer, name)
        case PageView(template, values, status):
            return await _rendered(request, template, {**values, "route": route}, status, visit)


def _file(answer: Any, name: str) -> web.Response:
    if answer.file is not None:
        headers = CIMultiDict({**security.HEADERS, **answer.file.headers})
        return web.Response(body=answer.file.content, headers=headers)
    headers = CIMultiDict({**security.HEADERS, "Content-Disposition": f'attachment; filename="{name}.json"'})
    body = orjson.dumps(answer.document, default=str)
    return web.Response(body=body, headers=headers, content_type="application/json")


async def _failed(request: web.Request, fault: ProxyError) -> web.Response:
    """Return the page that says what went wrong, and what to do."""
    fresh = isinstance(fault, SecondFactorError)
    reason = fault.reason if isinstance(fault, RefusedCallError) else fault.code
    back = request.rel_url.raw_path_qs if request.method in security.SAFE else request.path
    values = {
        "fault": fault,
        "reason": reason,
        "fresh": fresh,
        "needs_role": reason in _NEEDS_ROLE,
        "back": back,
        "by_issuer": request.app[CONSOLE].oidc is not None,
    }
    is_part = _PART in request.headers
    template = _FAULT_NOTE if is_part else _FAULT
    response = await _rendered(request, template, values, fault.status, request.get(_VISIT))
    response.headers.update(_WITHIN if is_part else {})
    return response


async def _rendered(
    request: web.Request, template: str, values: Mapping[str, Any], status: int, visit: Visit | None = None
) -> web.Response:
    language = chosen(*language_of(request))
    shown = {
        "route": None,
        **values,
        "is_example": request.app[CONSOLE].is_example,
        "visit": visit,
        "language": language,
        "languages": LANGUAGES,
        "routes": table.ROUTES,
        "root": table.ROOT,
        "csrf": security.csrf_token(visit.token) if visit is not None else "",
        "here": request.rel_url.raw_path_qs,
    }
    await _ready(language, template)
    text = rendering.rendered(language, template, shown)
    return web.Response(text=text, status=status, headers=security.HEADERS, content_type="text/html", charset="utf-8")


def _before(request: web.Request, path: str) -> str:
    """Return a page that leads back here, where that can be opened again; of a part to the page that it is of."""
    if _PART in request.headers:
        wanted = security.local_path(_ORIGIN.sub("", request.headers.get("HX-Current-URL", "")))
    else:
        wanted = request.rel_url.raw_path_qs if request.method in security.SAFE else table.ROOT
    return f"{path}?{urlencode({'next': wanted})}" if wanted != table.ROOT else path


def _gone_to(request: web.Request, path: str) -> web.Response:
    """Lead the whole page to another one: what a redirect leads to would be put in place of a part."""
    if _PART in request.headers:
        return web.Response(status=HTTPStatus.NO_CONTENT, headers={**security.HEADERS, "HX-Redirect": path})
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={**security.HEADERS, "Location": path})
