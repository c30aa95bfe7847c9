"""Logging in and out: with a one-time link that this machine printed, or at an issuer (``oidc``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from proxy.console import security
from proxy.console.visit import Console, PageView, token_of
from proxy.console.words import LANGUAGES
from proxy.core.targets.destinations import is_loopback
from proxy.errors import UnauthenticatedError
from proxy.identity.console_logins import LoginKind
from proxy.web.api.faults import NotHereError

_COOKIE_S = 365 * 86_400
Fields = Mapping[str, str]


class LinkUsedError(UnauthenticatedError):
    """This link was used or is older than ten minutes: 'compliance-proxy console' prints another."""


async def page(console: Console, request: web.Request, _fields: Fields) -> PageView:
    """The page to log in on: with a link one button, since a link is used by a change and never by looking."""
    link, wanted = request.query.get("link", ""), security.local_path(request.query.get("next", ""))
    return PageView("login.html.j2", {"link": link, "next": wanted, "issuer": console.oidc is not None})


async def with_link(console: Console, request: web.Request, fields: Fields) -> web.Response:
    """Log in with a one-time link, which only counts on this machine.

    Raises:
        NotHereError: from another machine.
        LinkUsedError: it is none that is valid.

    """
    if not is_loopback(request.remote):
        raise NotHereError
    link = await console.logins.take(LoginKind.LINK, fields.get("link", ""))
    if link is None:
        raise LinkUsedError
    # whoever reads this machine's terminal is here now; it is not a second factor, and two links may be one person's
    person = {**link.login, "fresh_at": link.began.timestamp()}
    return await begun(console, request, person, fields.get("next", ""))


async def begun(console: Console, request: web.Request, person: Mapping[str, Any], wanted: str) -> web.Response:
    """Begin a session with a new secret; one that the browser came with ends."""
    await _end(console, request)
    facts = {
        "by": person["person"],
        "how": person["by"],
        "roles": list(person["roles"]),
        "mfa": bool(person.get("mfa")),
    }
    await console.api.evidence.event_durable("console_login", facts, tenant=person["tenant"])
    token = await console.logins.add(LoginKind.SESSION, person)
    response = web.Response(status=303, headers={**security.HEADERS, "Location": security.local_path(wanted)})
    console.site.set_session(response, token)
    return response


async def ask_issuer(console: Console, request: web.Request, _fields: Fields) -> web.Response:
    """Send the browser to the issuer; with ``fresh`` it asks for a second factor again."""
    if console.oidc is None:
        raise UnauthenticatedError
    wanted = security.local_path(request.query.get("next", ""))
    answer: web.Response = await console.oidc.asked(console, wanted, fresh="fresh" in request.query)
    return answer


async def answered(console: Console, request: web.Request, _fields: Fields) -> web.Response:
    """Begin a session with what the issuer answered."""
    if console.oidc is None:
        raise UnauthenticatedError
    person, wanted = await console.oidc.person(console, request)
    return await begun(console, request, person, wanted)


async def out(console: Console, request: web.Request, _fields: Fields) -> web.Response:
    """End the session."""
    await _end(console, request)
    headers = {**security.HEADERS, "Location": "/console/login", "Clear-Site-Data": '"cache", "storage"'}
    response = web.Response(status=303, headers=headers)
    console.site.set_session(response, "")
    return response


async def language(_console: Console, _request: web.Request, fields: Fields) -> web.Response:
    """Keep the language that a reader picked."""
    picked = fields.get("language", "")
    response = web.Response(
        status=303, headers={**security.HEADERS, "Location": security.local_path(fields.get("next", ""))}
    )
    if picked in LANGUAGES:
        response.set_cookie("cp_language", picked, path="/console/", max_age=_COOKIE_S, samesite="Lax", httponly=True)
    return response


async def _end(console: Console, request: web.Request) -> None:
    token = token_of(request, console.site)
    if token:
        await console.logins.take(LoginKind.SESSION, token)
