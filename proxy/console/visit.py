"""One visit of a page: who comes, in which language, and the one way to operations of the admin API."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from proxy.console import security
from proxy.console.security import ConsoleSite
from proxy.console.words import Words
from proxy.core.records import Principal
from proxy.errors import ProxyError
from proxy.identity.console_logins import ConsoleLogin, ConsoleLogins
from proxy.ports import Clock
from proxy.web.api import access, formats, table
from proxy.web.api.faults import RoleMissingError, SecondFactorError
from proxy.web.api.operations import AdminOperation, AdminRequest, AdminResponse, validated
from proxy.web.api.performing import Performance, check_role
from proxy.web.api.ports import AdminContext
from proxy.web.handlers import fresh_id

_OPERATIONS: Mapping[str, AdminOperation] = {operation.id: operation for operation in table.OPERATIONS}
#: How many operations of one kind the console runs at once, whoever asks: officers wait for each other, traffic never.
_AT_ONCE = 2
#: A second factor counts as fresh for so long, seconds.
_FRESH_S = 300.0
#: How far the clock of an issuer may be ahead of ours, seconds.
_AHEAD_S = 60.0


class RefusedCallError(ProxyError):
    """An operation was refused; ``reason`` is the code of its answer."""

    def __init__(self, answer: AdminResponse) -> None:
        error = answer.document["error"]
        super().__init__(str(error["message"]))
        self.status, self.reason = answer.status, str(error["code"])


@dataclass(frozen=True, slots=True)
class PageView:
    """A page: its template and what it shows."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class GoTo:
    """Another page of the console, after a change."""

    path: str


@dataclass(frozen=True, slots=True)
class Download:
    """An answer as a file: JSON, or the format that it was asked for in."""

    answer: AdminResponse
    name: str


Shown = PageView | GoTo | Download


@dataclass(slots=True)
class Console:
    """Everything that pages work with."""

    api: AdminContext
    logins: ConsoleLogins
    clock: Clock
    site: ConsoleSite
    oidc: Any = None  # an ``OidcLogin``, where officers log in at an issuer
    is_example: bool = False  # whether all this is invented, which every page then says
    turns: Mapping[str, asyncio.Semaphore] = field(
        default_factory=lambda: {name: asyncio.Semaphore(_AT_ONCE) for name in ("audit", "policy", "texts", "other")}
    )
    counted: dict[bytes, tuple[float, int]] = field(default_factory=dict)  # session -> when, how much waits for it


@dataclass(slots=True)
class Visit:
    """One request of a page. ``fields`` are those of a form that was sent; ``parameter`` is the end of the path."""

    console: Console
    words: Words
    token: str
    session: ConsoleLogin
    path: str
    parameter: str
    query: Mapping[str, str]
    fields: Mapping[str, str] = field(default_factory=dict)
    refusals: set[str] = field(default_factory=set)  # the codes by which parts of this page were refused
    unread: int = 0  # newer records that an answer on this page left for later: what they hold is not known here

    @property
    def principal(self) -> Principal:
        """The person as a caller of operations."""
        return principal(self.session)

    @property
    def roles(self) -> frozenset[str]:
        """The person's roles, with those they imply."""
        return access.effective(self.principal.roles)

    @property
    def tenants(self) -> tuple[str, ...]:
        """The tenants whose evidence the person may read, by name."""
        bound = access.tenants(self.principal.roles, self.principal.tenant)
        return tuple(sorted(self.console.api.in_force.data().get("tenants", {}))) if bound is None else bound

    @property
    def now(self) -> datetime:
        """The time of this visit."""
        return datetime.fromtimestamp(self.console.clock.now(), UTC)

    @property
    def revision(self) -> str:
        """The policy in force here."""
        return str(self.console.api.in_force.policy().get("revision") or "")

    def may(self, operation: str) -> bool:
        """Whether the person's roles allow an operation."""
        return bool(_OPERATIONS[operation].roles & self.roles)

    def sees(self, roles: frozenset[str]) -> bool:
        """Whether the person has one of these roles."""
        return bool(roles & self.roles)

    async def call(
        self,
        operation: str,
        parameter: str = "",
        body: Any = None,
        *,
        kind: str = formats.JSON,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> AdminResponse:
        """Return what an operation answers the person; it is on record as any other call.

        Raises:
            RefusedCallError: it was refused.
            AdminRoleMissingError, RoleMissingError, InvalidRequestError: before it was called.

        """
        chosen, call_id, who = _OPERATIONS[operation], fresh_id(), self.principal
        check_role(chosen, who)
        parameters = {name: value for name, value in query.items() if value != ""}
        if "purpose" in dict(chosen.parameters):
            parameters.setdefault("purpose", self.session.purpose)
        preconditions = headers or {}
        request = AdminRequest(
            id=call_id,
            principal=who,
            parameter=parameter,
            query=parameters,
            if_match=preconditions.get("If-Match", ""),
            if_none_match=preconditions.get("If-None-Match", ""),
            body=validated(chosen, body) if chosen.body is not None or chosen.any_body else None,
            format=kind,
        )
        api = self.console.api
        turns = self.console.turns
        async with turns.get(operation.partition(".")[0], turns["other"]):
            answer = await Performance(api, call_id, who, chosen, sorted(body or ())).run(chosen, request)
        if "error" in answer.document:
            raise RefusedCallError(answer)
        return answer

    async def document(self, operation: str, parameter: str = "", body: Any = None, **query: str) -> Any:
        """Return the document that an operation answers; raises as ``call`` does."""
        answer = (await self.call(operation, parameter, body, kind=formats.JSON, headers=None, **query)).document
        coverage = answer.get("statement", {}).get("coverage", {})
        self.unread = max(self.unread, answer.get("unread", 0), coverage.get("unread", 0))
        return answer

    async def part(self, operation: str, parameter: str = "", body: Any = None, **query: str) -> Any:
        """Return the document for a part of a page, None where the person may not see it or there is none now.

        Raises:
            RefusedCallError: the page is about a tenant that the person does not read.

        """
        if not self.may(operation):
            return None
        try:
            return await self.document(operation, parameter, body, **query)
        except ProxyError as fault:
            reason = fault.reason if isinstance(fault, RefusedCallError) else fault.code
            if reason == RoleMissingError.code:  # the operation is the person's: it is of another's evidence
                raise
            self.refusals.add(reason)
            return None

    async def rows(self, operation: str, member: str, **query: str) -> Sequence[Any] | None:
        """Return the list of this name in a part, None where there is no part: that is not to say that it is empty."""
        document = await self.part(operation, "", None, **query)
        return None if document is None else document[member]

    def asking(self, **parameters: Any) -> dict[str, Any]:
        """Return the body that asks a question or for a report, with the purpose of this session."""
        filled = {name: value for name, value in parameters.items() if value not in ("", None)}
        return {"purpose": self.session.purpose, "parameters": filled}

    def check_second_factor(self) -> None:
        """Refuse what needs a fresh second factor, or a link of this machine's terminal that is as fresh.

        Raises:
            SecondFactorError: the last one is older than five minutes or yet to come, or there was none.

        """
        age = self.console.clock.now() - float(self.session.login.get("fresh_at") or 0)
        if not -_AHEAD_S <= age <= _FRESH_S:
            raise SecondFactorError

    def href(self, path: str = "", **changed: str | None) -> str:
        """Return this page's address with other parameters; None takes one away."""
        parameters = {**self.query, **changed} if not path else changed
        query = urlencode({name: value for name, value in parameters.items() if value not in (None, "")})
        return f"{path or self.path}?{query}" if query else path or self.path


def principal(session: ConsoleLogin) -> Principal:
    """Return the person of a session as a caller of operations."""
    login = session.login
    activity = "console"
    return Principal(
        key_id=f"console:{session.digest.hex()[:12]}",
        tenant=str(login["tenant"]),
        service=str(login["person"]),
        activities=(activity,),
        default_activity=activity,
        ingress_region=str(login.get("region", "")),
        actor_type="user",
        roles=tuple(login["roles"]),
        authn_method=str(login["by"]),
        mfa=bool(login.get("mfa")),
    )


def language_of(request: web.Request) -> tuple[str, str]:
    """Return the language that a browser picked, and those that it accepts."""
    return request.cookies.get("cp_language", ""), request.headers.get("Accept-Language", "")


def token_of(request: web.Request, site: ConsoleSite) -> str:
    """Return the session's secret that a browser shows, "" for none."""
    return request.cookies.get(site.cookie, "")


def shown_csrf(request: web.Request, fields: Mapping[str, str]) -> str:
    """Return the token that a change came with."""
    return request.headers.get(security.CSRF_HEADER) or fields.get(security.CSRF_FIELD, "")
