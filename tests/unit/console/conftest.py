"""The console on fakes of its ports, behind a real socket; a browser is a client that keeps cookies."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from proxy.console import app
from proxy.console.security import ConsoleSite, csrf_token
from proxy.console.visit import Console
from proxy.identity.console_logins import MOST_VIEWS, ConsoleLogin, LoginKind
from proxy.reports import listing, parameters
from proxy.reports.listing import COLUMNS, Page
from proxy.web import server
from proxy.web.api.access import ROLES
from tests.unit.web.api.conftest import (
    NOBODY,
    NOW,
    ActsDone,
    Desk,
    ExportsKept,
    KeysKept,
    ListsKept,
    RestrictionsKept,
    SchedulesKept,
    TextsTried,
    in_memory,  # noqa: F401 - a fixture
)


@dataclass
class MovedClock:
    """Implements ``Clock``; moves only when told."""

    seconds: float = NOW.timestamp()

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class LoginsKept:
    """Implements what the console uses of ``ConsoleLogins``, in memory."""

    clock: MovedClock
    rows: dict[tuple[str, str], ConsoleLogin] = field(default_factory=dict)
    kept: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    async def add(self, kind, login):
        token = secrets.token_urlsafe(32)
        self.rows[kind, token] = ConsoleLogin(secrets.token_bytes(32), login, NOW)
        return token

    async def take(self, kind, token):
        return self.rows.pop((kind, token), None)

    async def session(self, token):
        return self.rows.get((LoginKind.SESSION, token))

    async def views(self, tenant, person):
        return self.kept.get((tenant, person), {})

    async def keep_view(self, tenant, person, name, query):
        self.kept.setdefault((tenant, person), {})[name] = query
        return len(self.kept[tenant, person]) <= MOST_VIEWS

    async def forget_view(self, tenant, person, name):
        self.kept.get((tenant, person), {}).pop(name, None)

    async def give_purpose(self, session, purpose):
        for key, row in self.rows.items():
            if row.digest == session.digest:
                self.rows[key] = ConsoleLogin(row.digest, row.login, row.began, purpose)


@dataclass
class FullDesk(Desk):
    """Answers with rows that have every column; each text is one that a caller chose."""

    text: str = "support"

    async def exchanges(self, given, limit, after, requester, tenants):
        parameters.bound(listing.FILTERS, (), given, tenants)
        self.given.append(("list", given, requester, (limit, after, tenants)))
        row = dict.fromkeys(COLUMNS, self.text) | {
            "at": NOW.isoformat(), "exchange": "x1", "action": "block", "codes": ["NO_BAA"], "entities": ["PERSON"],
        }  # fmt: skip
        return Page((row,), "next", complete=True)

    async def exchange(self, exchange, requester, tenants):
        return await super().exchange("x1" if exchange == EXCHANGE else exchange, requester, tenants)


@dataclass
class Browser:
    """Asks the console as a browser does, with one session."""

    url: str
    session: aiohttp.ClientSession
    token: str = ""

    async def get(self, path: str, **options: Any) -> tuple[int, str, Any]:
        async with self.session.get(
            URL(self.url + path, encoded="%0" in path), allow_redirects=False, **options
        ) as response:
            return response.status, await response.text(), response.headers

    async def post(self, path: str, /, **fields: str) -> tuple[int, str, Any]:
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin", **fields.pop("headers", {})}
        async with self.session.post(self.url + path, data=fields, headers=headers, allow_redirects=False) as response:
            return response.status, await response.text(), response.headers

    async def csrf(self) -> str:
        return csrf_token(self.token)


@dataclass
class Served:
    """A served console and its fakes."""

    url: str
    console: Console
    logins: LoginsKept
    evidence: Any
    commands: Any
    desk: Desk

    @asynccontextmanager
    async def browser(self, *roles: str, purpose: str = "review of Q3", **login: Any):
        """Yield a browser; with roles it is logged in."""
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            made = Browser(self.url, session)
            if roles:
                person = {"person": "officer", "roles": list(roles), "tenant": "acme", "by": "console_link", **login}
                made.token = await self.logins.add(LoginKind.SESSION, person)
                await self.logins.give_purpose(await self.logins.session(made.token), purpose)
                jar.update_cookies({"cp_session": made.token})
            yield made


@pytest.fixture
async def served(in_memory):  # noqa: F811
    desk = FullDesk()
    api, evidence, _, registry, commands = in_memory(
        desk=desk,
        restrictions=RestrictionsKept(),
        exports=ExportsKept(),
        schedules=SchedulesKept(),
        acts=ActsDone(),
        keys=KeysKept(),
        registered=ListsKept(),
        texts=TextsTried(),
        ages=lambda: {"log": 2.0},
    )
    registry.fill()
    clock = MovedClock()
    logins = LoginsKept(clock)
    console = Console(api, logins, clock, ConsoleSite())
    outer = web.Application()
    pages = app.application(console)
    outer.add_subapp("/console/", pages)
    runner = web.AppRunner(outer)
    await runner.setup()
    listening = server.bound("127.0.0.1", 0, reuse=False)
    await web.SockSite(runner, listening).start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    yield Served(url, pages[app.CONSOLE], logins, evidence, commands, desk)
    await runner.cleanup()


EXCHANGE = "01a232cb-3c27-7c66-b1a5-83d4ca985cb7"
EVERY_ROLE = (*ROLES, NOBODY)
LATER = timedelta(minutes=6)
