"""Data subjects in PostgreSQL: their keys, made with the first exchange about them, and who is restricted.

A process remembers both for a minute at most, and forgets them as soon as any process has destroyed a key or changed
the list of restrictions. So an erased subject who comes back gets a new key, and nothing links the two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString, NamedTuple

import asyncpg

from proxy.core.keyring import Keyring
from proxy.core.records import Subject
from proxy.errors import IdentityUnavailableError
from proxy.identity import requests
from proxy.identity.requests import Asked
from proxy.identity.subject_key import LinkingKey, LookupKey, SubjectKey
from proxy.keys.authority import Authority
from proxy.ports import Clock
from proxy.runtime import database
from proxy.runtime.background import Background
from proxy.runtime.log import logger
from proxy.runtime.recent import BoundedCache

SQL = database.statements(Path(__file__).with_name("subjects.sql"))
_CHANNEL = "identity_subject"
_CACHED = 50_000
_TRIES = 3
_WAITING: LiteralString = """
    now() - r.requested < interval '24 hours'
    AND NOT EXISTS (SELECT FROM identity.two_person_approval a WHERE a.id = r.id) ORDER BY r.requested, r.id"""
_OF_LOOKUP: LiteralString = "r.tenant = $1 AND r.lookup = $2"
_UNREADABLE = "a data subject's key does not open with this installation's master keys"


@dataclass(frozen=True, slots=True)
class SubjectStanding:
    """What is known of a data subject: the key in use, if there is one, and when one was last destroyed.

    ``linking`` are the keys of days of the tenant that may still be linked to anybody.
    """

    key: SubjectKey | None = None
    erased: datetime | None = None
    linking: tuple[LinkingKey, ...] = ()


class _Remembered(NamedTuple):
    """A subject as last read: until when that counts (monotonic seconds), and the restrictions with their times."""

    until: float
    named: Subject
    restrictions: tuple[tuple[datetime, datetime | None], ...]

    def at(self, now: datetime) -> Subject:
        """Return the subject, restricted if an entry counts at this time."""
        restricted = any(since <= now and (until is None or now < until) for since, until in self.restrictions)
        return replace(self.named, restricted=restricted)


@dataclass(eq=False)
class SubjectKeys:
    """Implements ``ports.Subjects``. ``cache_s``: how long a key is remembered at most, seconds.

    ``limit``: for how many days records of a tenant may be linked to a person, None for as long as they are kept.
    """

    dsn: str
    keyring: Keyring
    clock: Clock
    cache_s: float = 60.0
    timeout_s: float = 5.0
    limit: Callable[[str], int | None] = lambda _: None
    _lookups: dict[str, LookupKey] = field(default_factory=dict)
    _linking: dict[str, LinkingKey] = field(default_factory=dict)  # of today
    _cache: BoundedCache[tuple[str, bytes], _Remembered] = field(default_factory=lambda: BoundedCache(_CACHED))
    _background: Background = field(default_factory=Background)

    def __post_init__(self) -> None:
        self._pool: asyncpg.Pool | None = None
        self.listening = asyncio.Event()  # set while other processes' erasures are received

    async def start(self) -> None:
        """Create the pool, reach the database once, and listen for erasures.

        Raises:
            IdentityUnavailableError: it cannot be reached, or the login is not a member of the identity role.

        """
        with database.raising(IdentityUnavailableError):
            self._pool = await database.pool(self.dsn, database.IDENTITY, timeout_s=self.timeout_s)
            await self._pool.fetchval("SELECT 1 FROM identity.subject_key LIMIT 1")
        self._background.start("subject listener", self._listen())

    async def close(self) -> None:
        """Close the connections."""
        await self._background.stop()
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def of(self, tenant: str, subject: str) -> Subject:
        """Return how a tenant's data subject is named; the first time, a key is made for them.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        lookup = await self.lookup(tenant, subject)
        cached = self._cache.get((tenant, lookup))
        if cached is None or self.clock.monotonic() >= cached.until or not self.listening.is_set():
            with database.raising(IdentityUnavailableError):
                cached = await self._read(tenant, lookup, subject)
        return cached.at(self.now())

    async def lookup(self, tenant: str, subject: str) -> bytes:
        """Return the 32 bytes that a data subject is stored under.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            return (await self._lookup_key(tenant)).of(subject)

    def now(self) -> datetime:
        """Return the time of its clock."""
        return datetime.fromtimestamp(self.clock.now(), UTC)

    async def standing(self, tenant: str, subject: str) -> SubjectStanding:
        """Return what is known of a data subject; makes no key.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            async with self.connected.acquire() as connection:
                return await standing(connection, self.keyring, tenant, subject)

    async def key(self, tenant: str, subject: str) -> SubjectKey:
        """Return the key of a data subject; one is made if there is none.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        await self.of(tenant, subject)
        key = (await self.standing(tenant, subject)).key
        if key is None:
            raise IdentityUnavailableError
        return key

    async def ask(self, act: str, tenant: str, about: str, ticket: str, by: str) -> str:
        """Store that somebody asks for an act of two people; return the id, which a second person approves.

        Raises:
            ConfigurationError: the ticket is malformed.
            IdentityUnavailableError: the store cannot be reached.

        """
        asked = Asked(requests.fresh("rq_"), act, tenant, about, ticket, by)
        with database.raising(IdentityUnavailableError):
            async with self.connected.acquire() as connection, connection.transaction():
                await requests.write(connection, self.keyring, asked)
        return asked.id

    async def request_erasure(self, tenant: str, subject: str, ticket: str, by: str) -> str:
        """Store that somebody asks for a data subject's erasure; errors as ``ask``."""
        return await self.ask("erase_subject", tenant, (await self.key(tenant, subject)).handle, ticket, by)

    async def asked(self, request: str) -> Asked | None:
        """Return what was asked for, None if nobody who has the master key asked for anything with this id.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            async with self.connected.acquire() as connection:
                return await requests.find(connection, self.keyring, request)

    async def waiting(self) -> tuple[Mapping[str, Any], ...]:
        """Return what was asked for within a day and nobody has approved: the columns of ``Asked`` and ``requested``.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        authority = Authority("request", self.keyring)
        with database.raising(IdentityUnavailableError):
            rows = await self.connected.fetch(authority.where(_WAITING))
        return tuple(row for row in rows if authority.proven(row))

    async def approve_purge(self, request: str, by: str) -> bool:
        """Approve a purge as the second person, who may do so again within the day; return whether that was possible.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            async with self.connected.acquire() as connection, connection.transaction():
                asked = await requests.find(connection, self.keyring, request)
                if asked is None or await connection.fetchrow(SQL["approve_purge"], request, by) is None:
                    return False
                await Authority("approval", self.keyring).prove(connection, request, {"approver": by, **asked.terms})
        return True

    async def approved_purges(self) -> tuple[Mapping[str, Any], ...]:
        """Return the purges that were approved within a day: id, about (the last day), ticket, and both persons.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        authority = Authority("approval", self.keyring)
        with database.raising(IdentityUnavailableError):
            rows = await self.connected.fetch(authority.where("now() - r.approved < interval '24 hours' ORDER BY r.id"))
        return tuple(row for row in rows if authority.proven(row))

    async def erase(self, request: str, tenant: str, subject: str, approver: str) -> int | None:
        """Destroy the subject's key as the second person; return how many keys that were: 1.

        None: nobody else asked, within a day, for the erasure of this subject; or it is done already. -1: a legal hold
        covers the subject.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        lookup = await self.lookup(tenant, subject)
        with database.raising(IdentityUnavailableError):
            async with self.connected.acquire() as connection:
                if await requests.find(connection, self.keyring, request) is None:
                    return None
                destroyed: int | None = await connection.fetchval(SQL["erase"], request, tenant, lookup, approver)
        self._cache.clear()
        return destroyed

    async def outbox_event_of(self, request: str) -> str:
        """Return the target of the event that the log owes to an erasure, "" if it is recorded.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            return await self.connected.fetchval(SQL["outbox_event_of"], request) or ""

    async def expire_links(self) -> int:
        """Destroy the keys of days that no longer may be linked to anybody; return how many.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            expired: int = await self.connected.fetchval(SQL["expire_links"])
        return expired

    async def forget_destroyed(self) -> bool:
        """Have the files of keys written anew if they hold destroyed ones; return whether that was done now.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            return bool(await self.connected.fetchval(SQL["forget_destroyed"]))

    async def sealed_with(self) -> Mapping[str, int]:
        """Return, by master key id, how many keys it seals.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            rows = await self.connected.fetch(SQL["sealed_by"])
        return {row["sealed_by"]: row["number"] for row in rows}

    @property
    def connected(self) -> asyncpg.Pool:
        """The pool.

        Raises:
            IdentityUnavailableError: the store was not started.

        """
        if self._pool is None:
            raise IdentityUnavailableError
        return self._pool

    async def _lookup_key(self, tenant: str) -> LookupKey:
        if tenant not in self._lookups:
            async with self.connected.acquire() as connection:
                if (current := await _lookup_key(connection, self.keyring, tenant)) is None:
                    generated = LookupKey.generate(tenant)
                    sealed = generated.sealed(self.keyring)
                    await connection.execute(SQL["add_lookup_key"], tenant, sealed, self.keyring.key_id)
                    current = await _lookup_key(connection, self.keyring, tenant)
            if current is None:
                raise IdentityUnavailableError
            self._lookups[tenant] = current
        return self._lookups[tenant]

    async def _read(self, tenant: str, lookup: bytes, subject: str) -> _Remembered:
        """Read and remember a subject; a key is made if there is none. Of two processes that make one, one wins."""
        fresh, now = SubjectKey.generate(tenant, lookup), self.clock.monotonic()
        sealed, names = fresh.sealed(self.keyring), (fresh.handle, fresh.named(subject).reference)
        arguments = (tenant, lookup, self.now(), sealed, self.keyring.key_id, *names)
        reads = [await self.connected.fetch(SQL["live"], *arguments)]
        while not reads[-1] and len(reads) < _TRIES:
            reads.append(await self.connected.fetch(SQL["live"], *arguments))
        rows = reads[-1]
        if not rows:
            raise IdentityUnavailableError
        selectors, limit = _opened(self.keyring, tenant, lookup, rows[0]["sealed"]), self.limit(tenant)
        if (rows[0]["handle"], rows[0]["reference"]) != (selectors.handle, selectors.named(subject).reference):
            raise IdentityUnavailableError(_UNREADABLE)
        named = selectors.named(subject, None if limit is None else await self._linking_key(tenant, limit))
        added, lifted = Authority("restriction", self.keyring), Authority("lift", self.keyring)
        ended = await self.connected.fetch(lifted.where(_OF_LOOKUP), tenant, lookup)
        over = {row["id"] for row in ended if lifted.proven(row)}
        entries = await self.connected.fetch(added.where(_OF_LOOKUP), tenant, lookup)
        listed = tuple((row["since"], row["until"]) for row in entries if added.proven(row) and row["id"] not in over)
        cached = self._cache[tenant, lookup] = _Remembered(now + self.cache_s, named, listed)
        return cached

    async def _linking_key(self, tenant: str, limit: int) -> LinkingKey:
        """Return the key of a tenant's day, made with its first data subject; ``limit``: days after which it ends."""
        today = self.now().date()
        if (cached := self._linking.get(tenant)) is not None and cached.day == today:
            return cached
        fresh, until = LinkingKey.generate(tenant, today), today + timedelta(days=limit)
        arguments = (tenant, today, until, fresh.sealed(self.keyring), self.keyring.key_id)
        sealed = await self.connected.fetchval(SQL["linking"], *arguments)
        sealed = sealed or await self.connected.fetchval(SQL["linking"], *arguments)  # another process was faster
        opened = LinkingKey.opened(self.keyring, tenant, today, sealed) if sealed is not None else None
        if opened is None:
            raise IdentityUnavailableError(_UNREADABLE)
        self._linking[tenant] = opened
        return opened

    async def _listen(self) -> None:
        """Forget every key when any process destroys one, and on reconnecting; while disconnected, remember none."""
        await database.hear(
            self.dsn, database.IDENTITY, _CHANNEL, lambda _: self._cache.clear(), reconnected=self._cache.clear,
            listening=self.listening, timeout_s=self.timeout_s,
        )  # fmt: skip


async def standing(connection: asyncpg.Connection, keys: Keyring, tenant: str, subject: str) -> SubjectStanding:
    """Return what is known of a data subject, on a connection that acts as the reader or the identity role.

    Raises:
        IdentityUnavailableError: their key does not open with these master keys.
        asyncpg.PostgresError, or one of ``database.UNAVAILABLE``.

    """
    lookups = await _lookup_key(connection, keys, tenant)
    if lookups is None:
        return SubjectStanding()
    lookup = lookups.of(subject)
    rows = await connection.fetch(SQL["standing"], tenant, lookup)
    live = next((row["sealed"] for row in rows if row["sealed"] is not None), None)
    erased = max((row["destroyed_at"] for row in rows if row["destroyed_at"] is not None), default=None)
    key = None if live is None else _opened(keys, tenant, lookup, live)
    return SubjectStanding(key, erased, () if key is None else await _linking(connection, keys, tenant))


async def _linking(connection: asyncpg.Connection, keys: Keyring, tenant: str) -> tuple[LinkingKey, ...]:
    rows = await connection.fetch(SQL["linking_of"], tenant)
    opened = [LinkingKey.opened(keys, tenant, row["day"], row["sealed"]) for row in rows]
    if None in opened:
        raise IdentityUnavailableError(_UNREADABLE)
    return tuple(identity for identity in opened if identity is not None)


async def _lookup_key(connection: Any, keys: Keyring, tenant: str) -> LookupKey | None:
    sealed = await connection.fetchval(SQL["lookup_key"], tenant)
    if sealed is None and await connection.fetchval(SQL["is_looked_up"], tenant):
        raise IdentityUnavailableError("the key that data subjects are looked up by is gone")
    if sealed is None:
        return None
    opened = LookupKey.opened(keys, tenant, sealed)
    if opened is None:
        raise IdentityUnavailableError(_UNREADABLE)
    return opened


def _opened(keys: Keyring, tenant: str, lookup: bytes, sealed: bytes) -> SubjectKey:
    opened = SubjectKey.opened(keys, tenant, lookup, sealed)
    if opened is None:
        raise IdentityUnavailableError(_UNREADABLE)
    return opened


@dataclass(eq=False)
class LinkExpiry:
    """Destroys the keys of days that are over every ``period_s`` seconds; the database does each once.

    What was destroyed, by whatever, leaves the server's files then.
    """

    subjects: SubjectKeys
    period_s: float = 3600.0
    _background: Background = field(default_factory=Background)

    def start(self) -> None:
        """Begin now, then run periodically."""
        self._background.start("link expiry", self._run())

    async def close(self) -> None:
        """Stop."""
        await self._background.stop()

    async def _run(self) -> None:
        while True:
            try:
                if expired := await self.subjects.expire_links():
                    logger().info("links_expired", days=expired)
                if await self.subjects.forget_destroyed():
                    logger().info("destroyed_keys_forgotten")
            except IdentityUnavailableError:
                logger().warning("links_not_expired")
            await asyncio.sleep(self.period_s)
