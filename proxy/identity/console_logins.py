"""Who is logged in to the console: one-time links, logins that an issuer has yet to answer, and sessions.

The browser holds 32 random bytes; the row is found by their SHA-256, and obeyed if its HMAC is that of a holder of the
master key. A link and an open login are taken once. A session ends after 30 minutes without a page, after eight hours
in any case, and at once where its row is deleted: every page reads it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from proxy.core.keyring import Keyring
from proxy.errors import IdentityUnavailableError
from proxy.ports import Clock
from proxy.runtime import database

IDLE, LONGEST, ONCE = timedelta(minutes=30), timedelta(hours=8), timedelta(minutes=10)
#: Lists that a person may keep.
MOST_VIEWS = 30
_SQL = database.statements(Path(__file__).with_suffix(".sql"))
_MAC = "console-login"


class LoginKind(StrEnum):
    """What a row stands for."""

    LINK = "link"
    ASKING = "asking"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class ConsoleLogin:
    """A row: what it says of the person, and since when. ``digest`` names it; ``purpose`` is why pages are read."""

    digest: bytes
    login: Mapping[str, Any]
    began: datetime
    purpose: str = ""


@dataclass(eq=False)
class ConsoleLogins:
    """Keeps them in PostgreSQL; see ``proxy.errors`` for IdentityUnavailableError, which each method raises."""

    dsn: str
    keyring: Keyring = field(repr=False)
    clock: Clock
    _pool: asyncpg.Pool | None = None

    async def start(self) -> None:
        """Connect."""
        with database.raising(IdentityUnavailableError):
            self._pool = await database.pool(self.dsn, database.IDENTITY)

    async def add(self, kind: LoginKind, login: Mapping[str, Any]) -> str:
        """Store a login and return what its holder shows."""
        token, now = secrets.token_urlsafe(32), self._now()
        digest, ends = _digest(token), now + (LONGEST if kind is LoginKind.SESSION else ONCE)
        mac = _mac(self.keyring, digest, kind, login, (now, ends))
        with database.raising(IdentityUnavailableError):
            await self._connected.execute(_SQL["forget"], now, now - IDLE)
            await self._connected.execute(_SQL["add"], digest, kind, orjson.dumps(login).decode(), mac, now, ends)
        return token

    async def take(self, kind: LoginKind, token: str) -> ConsoleLogin | None:
        """Return what was stored for a token, and forget it; None where there is nothing valid."""
        with database.raising(IdentityUnavailableError):
            row = await self._connected.fetchrow(_SQL["take"], _digest(token), kind)
        return None if row is None or row["ends"] <= self._now() else self._proven(row)

    async def session(self, token: str) -> ConsoleLogin | None:
        """Return a session that is valid now, and note that it was used."""
        now = self._now()
        with database.raising(IdentityUnavailableError):
            row = await self._connected.fetchrow(_SQL["see"], _digest(token), now, now - IDLE)
        return None if row is None else self._proven(row)

    async def give_purpose(self, session: ConsoleLogin, purpose: str) -> None:
        """Set why the pages of a session are read."""
        with database.raising(IdentityUnavailableError):
            await self._connected.execute(_SQL["purpose"], session.digest, purpose)

    async def revoke(self, person: str) -> int:
        """End every session and link of a person; return how many."""
        with database.raising(IdentityUnavailableError):
            return int((await self._connected.execute(_SQL["revoke"], person)).rpartition(" ")[2])

    async def views(self, tenant: str, person: str) -> Mapping[str, str]:
        """Return the lists that a person gave a name: the query of each, by name."""
        with database.raising(IdentityUnavailableError):
            rows = await self._connected.fetch(_SQL["views"], tenant, person)
        return {row["name"]: row["query"] for row in rows}

    async def keep_view(self, tenant: str, person: str, name: str, query: str) -> bool:
        """Keep a list under a name, or another one under it; False where the person has too many."""
        with database.raising(IdentityUnavailableError):
            done = await self._connected.execute(_SQL["keep_view"], tenant, person, name, query, MOST_VIEWS)
        return str(done).endswith(" 1")

    async def forget_view(self, tenant: str, person: str, name: str) -> None:
        """Forget a list."""
        with database.raising(IdentityUnavailableError):
            await self._connected.execute(_SQL["forget_view"], tenant, person, name)

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    def _proven(self, row: Mapping[str, Any]) -> ConsoleLogin | None:
        login, lasts = orjson.loads(row["login"]), (row["began"], row["ends"])
        macs = (_mac(ring, row["digest"], row["kind"], login, lasts) for ring in self.keyring.every)
        if not any(hmac.compare_digest(row["mac"], mac) for mac in macs):
            return None
        return ConsoleLogin(row["digest"], login, row["began"], row["purpose"])

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now(), UTC)

    @property
    def _connected(self) -> asyncpg.Pool:
        if self._pool is None:
            raise IdentityUnavailableError
        return self._pool


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()


def _mac(ring: Keyring, digest: bytes, kind: str, login: Mapping[str, Any], lasts: tuple[datetime, datetime]) -> bytes:
    meant = [digest.hex(), kind, *(moment.astimezone(UTC).isoformat() for moment in lasts), login]
    return hmac.digest(ring.derive(_MAC), orjson.dumps(meant, option=orjson.OPT_SORT_KEYS), "sha256")
