"""The vault in PostgreSQL: sealed with AES-256-GCM per domain, expiring, in a schema and under a role of its own.

An erasure by any process clears, through a notification, what this process remembers having stored, so that a value
that occurs again is stored again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from proxy.core.keyring import Keyring
from proxy.errors import VaultUnavailableError
from proxy.ports import Clock
from proxy.runtime import database
from proxy.runtime.background import Background
from proxy.vault.sealing import Sealers

SQL = database.statements(Path(__file__).with_name("queries.sql"))
_REMEMBERED = 50_000
_CHANNEL = "vault_erased"
_PURGED_AT_ONCE = 5_000
_SEALED_REPLIES = 100_000  # of one tenant and target whose seals are remembered; the oldest go first
_ERASING_S = 600.0  # looking through everything of a tenant
_RENEW_BELOW = 0.75  # of the lifetime: a pseudonym in use is stored again once a quarter of it has passed


class Remembered(NamedTuple):
    """What this process knows to be stored: until when, and as of which data subjects (b"": nobody's)."""

    expires: float
    subjects: frozenset[bytes]

    def serves(self, subject: bytes, until: float) -> bool:
        """Whether nothing must be written for this subject."""
        return self.expires >= until and (not subject or subject in self.subjects)


_NOTHING = Remembered(0.0, frozenset())


@dataclass(eq=False)
class PostgresVault:
    """Implements ``ports.Vault``. ``ttl_s`` is how long a pseudonym can be restored, seconds."""

    dsn: str
    keyring: Keyring
    ttl_s: int
    clock: Clock
    timeout_s: float = 5.0
    _stored: OrderedDict[tuple[str, str], Remembered] = field(default_factory=OrderedDict)  # by domain and pseudonym
    _first: OrderedDict[str, Sealers] = field(default_factory=OrderedDict)  # domain -> sealers of its first master key
    _background: Background = field(default_factory=Background)

    def __post_init__(self) -> None:
        self._sealers = Sealers(self.keyring)
        self._all = (self._sealers, *map(Sealers, self.keyring.read_only))
        self._pool: asyncpg.Pool | None = None

    async def start(self) -> None:
        """Create the pool and reach the database once.

        Raises:
            VaultUnavailableError: it cannot be reached, or the login is not a member of the vault role.

        """
        with database.raising(VaultUnavailableError):
            self._pool = await database.pool(self.dsn, database.VAULT, timeout_s=self.timeout_s)
            await self._pool.fetchval("SELECT 1 FROM vault.pseudonym LIMIT 1")
        self._background.start("vault listener", self._listen())

    async def ready(self) -> bool:
        """Whether originals can be stored now.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        with database.raising(VaultUnavailableError):
            return bool(await self.connected.fetchval(SQL["ready"]))

    async def close(self) -> None:
        """Close the connections."""
        await self._background.stop()
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def put(self, domain: str, pseudonyms: Mapping[str, str], subject: bytes = b"") -> None:
        """Store; return when durable. What this process stored recently is not written again.

        ``subject``: the mark of the data subject whose exchange it is.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        now, stored = self.clock.now(), self._stored
        fresh_until = now + self.ttl_s * _RENEW_BELOW
        known = {pseudonym: stored.get((domain, pseudonym), _NOTHING) for pseudonym in pseudonyms}
        new = [pseudonym for pseudonym, entry in known.items() if not entry.serves(subject, fresh_until)]
        if not new:
            return
        sealers = await self._sealers_of(domain)
        sealer, expires = sealers.of(domain), now + self.ttl_s
        names = [sealer.digest(pseudonym) for pseudonym in new]
        sealed = [sealer.seal(name, pseudonyms[pseudonym]) for name, pseudonym in zip(names, new, strict=True)]
        named = [sealer.named(name, pseudonym) for name, pseudonym in zip(names, new, strict=True)]
        await self._execute(
            "put", sealer.name, sealer.tenant, sealer.activity, names, sealed, _moment(expires), sealers.keyring.key_id,
            named, sealer.origin, [subject] if subject else [],
        )  # fmt: skip
        for pseudonym in new:
            stored[domain, pseudonym] = Remembered(expires, known[pseudonym].subjects | {subject})
        while len(stored) > _REMEMBERED:
            stored.popitem(last=False)

    async def find(self, domain: str, pseudonyms: Sequence[str]) -> Mapping[str, str]:
        """Return the originals of those pseudonyms that are known in this domain and have not expired.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        if not pseudonyms:
            return {}
        places = [sealers.of(domain) for sealers in self._all]
        by_digest = {place.digest(pseudonym): (pseudonym, place) for place in places for pseudonym in pseudonyms}
        names = [place.name for place in places]
        with database.raising(VaultUnavailableError):
            rows = await self.connected.fetch(SQL["find"], names, list(by_digest), _moment(self.clock.now()))
        found = ((*by_digest[row["pseudonym"]], row) for row in rows)
        opened = ((pseudonym, place.open(row["pseudonym"], row["sealed"])) for pseudonym, place, row in found)
        return {pseudonym: original for pseudonym, original in opened if original is not None}

    async def put_seals(self, domain: str, names: Sequence[str], target: str) -> None:
        """Remember in one row which target sealed what has these names; return when durable.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        sealer = self._sealers.of(domain)
        digests = [sealer.digest(name) for name in names]
        sealed, expires = sealer.seal(b"".join(digests), target), _moment(self.clock.now() + self.ttl_s)
        key_id = self._sealers.keyring.key_id
        await self._execute(
            "put_seals", sealer.name, sealer.tenant, sealer.digest(target), digests, sealed, expires, key_id
        )

    async def makers(self, domain: str, names: Sequence[str]) -> Mapping[str, str]:
        """Return name -> target for those names that are remembered.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        places = {place.name: place for place in (sealers.of(domain) for sealers in self._all)}
        by_digest = {place.digest(name): name for place in places.values() for name in names}
        with database.raising(VaultUnavailableError):
            rows = await self.connected.fetch(SQL["makers"], list(places), list(by_digest), _moment(self.clock.now()))
        known: dict[str, str] = {}
        for row in rows:
            target = places[row["domain"]].open(b"".join(row["names"]), row["sealed"])
            if target is not None:
                known.update((by_digest[digest], target) for digest in row["names"] if digest in by_digest)
        return known

    async def forget(self, domain: str, pseudonyms: Sequence[str]) -> None:
        """Remove some pseudonyms of a domain.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        places = [sealers.of(domain) for sealers in self._all]
        names = [place.digest(pseudonym) for place in places for pseudonym in pseudonyms]
        await self._execute("forget", [place.name for place in places], names)
        for pseudonym in pseudonyms:
            self._stored.pop((domain, pseudonym), None)

    async def amend(self, domain: str, pseudonym: str, change: Callable[[str], str]) -> bool:
        """Change what is stored under a name and renew its expiry; return whether there is anything.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        now = self.clock.now()
        places = {place.name: place for place in (sealers.of(domain) for sealers in self._all)}
        names = [place.digest(pseudonym) for place in places.values()]
        with database.raising(VaultUnavailableError):
            async with self.connected.acquire() as connection, connection.transaction():
                rows = await connection.fetch(SQL["lock"], list(places), names, _moment(now))
                opened = ((places[row["domain"]], row["pseudonym"], row["sealed"]) for row in rows)
                texts = [(place, name, place.open(name, sealed)) for place, name, sealed in opened]
                found = [(place, name, text) for place, name, text in texts if text is not None]
                for place, name, text in found:
                    sealed = place.seal(name, change(text))
                    await connection.execute(SQL["amend"], place.name, name, sealed, _moment(now + self.ttl_s))
        return bool(found)

    async def begun_with(self, domain: str) -> str:
        """Return the id of the master key that a domain's pseudonyms are minted and sealed with.

        A conversation keeps the master key that it began with, so that nobody in it gets another name; everything else
        uses the current one at once.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        return (await self._sealers_of(domain)).keyring.key_id

    async def _sealers_of(self, domain: str) -> Sealers:
        if len(self._all) == 1 or domain.endswith("\x1f"):
            return self._sealers
        known = self._first.get(domain)
        if known is None:
            by_name = {sealers.of(domain).name: sealers for sealers in self._all[1:]}
            with database.raising(VaultUnavailableError):
                rows = await self.connected.fetch(SQL["begun"], list(by_name), _moment(self.clock.now()))
            known = self._first[domain] = by_name[rows[0]["domain"]] if rows else self._sealers
            if len(self._first) > _REMEMBERED:
                self._first.popitem(last=False)
        return known

    async def purge(self) -> int:
        """Remove what has expired, in batches, unless another process is doing so; return how many pseudonyms."""
        await self._execute("purge_seals", _moment(self.clock.now()), _SEALED_REPLIES)
        removed = 0
        while True:
            batch = _count(await self._execute("purge", _moment(self.clock.now()), _PURGED_AT_ONCE))
            removed += batch
            if batch < _PURGED_AT_ONCE:
                return removed

    async def overdue_s(self) -> float:
        """Return the age of the oldest original beyond its expiry, seconds; 0 if none has expired."""
        now = _moment(self.clock.now())
        with database.raising(VaultUnavailableError):
            expired = await self.connected.fetchval(SQL["oldest"], now)
        return (now - expired).total_seconds() if expired is not None else 0.0

    async def erase(self, domain: str) -> int:
        """Remove a domain; return how many pseudonyms can no longer be restored."""
        return await self._erase([sealers.of(domain).name for sealers in self._all], None, None)

    async def erase_tenant(self, tenant: str, activity: str = "") -> int:
        """Remove everything of a tenant, or of one of its activities; return how many pseudonyms."""
        tenants = [sealers.tenant(tenant) for sealers in self._all]
        return await self._erase(
            None, tenants, [sealers.activity(tenant, activity) for sealers in self._all] if activity else None
        )

    async def erase_subject(self, tenant: str, mark: bytes) -> int:
        """Remove what exchanges about a data subject minted; return how many pseudonyms."""
        self._forget()
        with database.raising(VaultUnavailableError):
            tenants = [sealers.tenant(tenant) for sealers in self._all]
            async with self.connected.acquire() as connection:
                erased: int = await connection.fetchval(SQL["erase_subject"], tenants, mark, timeout=_ERASING_S)
        return erased

    async def _erase(
        self, domains: list[bytes] | None, tenants: list[bytes] | None, activities: list[bytes] | None
    ) -> int:
        self._forget()
        with database.raising(VaultUnavailableError):
            erased: int = await self.connected.fetchval(SQL["erase"], domains, tenants, activities)
        return erased

    async def _listen(self) -> None:
        """Forget what was stored when any process erases, and on reconnecting, since a notification may be missed."""
        await database.hear(
            self.dsn, database.VAULT, _CHANNEL, lambda _: self._forget(), reconnected=self._forget,
            timeout_s=self.timeout_s,
        )  # fmt: skip

    def _forget(self) -> None:
        self._stored.clear()
        self._first.clear()

    async def sealed_with(self) -> Mapping[str, tuple[int, datetime]]:
        """Return, by master key id, how many pseudonyms it sealed and when the last of them expires."""
        with database.raising(VaultUnavailableError):
            rows = await self.connected.fetch(SQL["sealed"], _moment(self.clock.now()))
        return {row["key_id"]: (row["number"], row["latest"]) for row in rows}

    async def stats(self) -> Mapping[str, Any]:
        """Return pseudonyms, domains, expired, first_expiry and bytes."""
        with database.raising(VaultUnavailableError):
            row = await self.connected.fetchrow(SQL["stats"], _moment(self.clock.now()))
        return dict(row)

    async def _execute(self, statement: str, *arguments: Any) -> str:
        """Return the command tag, such as "DELETE 3"."""
        with database.raising(VaultUnavailableError):
            tag: str = await self.connected.execute(SQL[statement], *arguments)
        return tag

    @property
    def connected(self) -> asyncpg.Pool:
        """The pool.

        Raises:
            VaultUnavailableError: the vault was not started.

        """
        if self._pool is None:
            raise VaultUnavailableError
        return self._pool


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _count(tag: str) -> int:
    """Return the number in a command tag."""
    return int(tag.rsplit(" ", 1)[-1])
