"""The vault in PostgreSQL: sealed with AES-256-GCM per domain, expiring, under a schema and role of its own.

What was erased, by whatever process, is forgotten here at once: a notification clears what this process remembers to
have stored, so that a value that comes again is stored again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
_RENEW_BELOW = 0.75  # of the life: a pseudonym in use is stored again when a quarter of its life is gone


@dataclass(eq=False)
class PostgresVault:
    """Implements ``ports.Vault``. ``ttl_s`` is how long a pseudonym can be put back, seconds."""

    dsn: str
    keyring: Keyring
    ttl_s: int
    clock: Clock
    timeout_s: float = 5.0
    _stored: OrderedDict[tuple[str, str], float] = field(default_factory=OrderedDict)  # (domain, pseudonym) -> expiry
    _begun: OrderedDict[str, Sealers] = field(default_factory=OrderedDict)  # domain -> the master key it began with
    _background: Background = field(default_factory=Background)

    def __post_init__(self) -> None:
        self._sealers = Sealers(self.keyring)
        self._every = (self._sealers, *map(Sealers, self.keyring.others))
        self._pool: asyncpg.Pool | None = None

    async def start(self) -> None:
        """Make the pool and reach the database once.

        Raises:
            VaultUnavailableError: it cannot be reached, or the login may not act as the vault.

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
        """End the connections."""
        await self._background.stop()
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def put(self, domain: str, pseudonyms: Mapping[str, str]) -> None:
        """Store; returns when durable. What this process stored lately costs nothing.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        now, stored = self.clock.now(), self._stored
        fresh_until = now + self.ttl_s * _RENEW_BELOW
        new = [pseudonym for pseudonym in pseudonyms if stored.get((domain, pseudonym), 0.0) < fresh_until]
        if not new:
            return
        sealers = await self._begun_with(domain)
        sealer, expires = sealers.of(domain), now + self.ttl_s
        names = [sealer.digest(pseudonym) for pseudonym in new]
        sealed = [sealer.seal(name, pseudonyms[pseudonym]) for name, pseudonym in zip(names, new, strict=True)]
        named = [sealer.named(name, pseudonym) for name, pseudonym in zip(names, new, strict=True)]
        await self._execute(
            "put", sealer.name, sealer.tenant, sealer.activity, names, sealed, _moment(expires), sealers.keyring.key_id,
            named, sealer.origin,
        )  # fmt: skip
        for pseudonym in new:
            stored[domain, pseudonym] = expires
        while len(stored) > _REMEMBERED:
            stored.popitem(last=False)

    async def find(self, domain: str, pseudonyms: Sequence[str]) -> Mapping[str, str]:
        """Return the originals of those pseudonyms that are known in this domain and not expired.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        if not pseudonyms:
            return {}
        places = [sealers.of(domain) for sealers in self._every]
        asked = {place.digest(pseudonym): (pseudonym, place) for place in places for pseudonym in pseudonyms}
        names = [place.name for place in places]
        with database.raising(VaultUnavailableError):
            rows = await self.connected.fetch(SQL["find"], names, list(asked), _moment(self.clock.now()))
        found = ((*asked[row["pseudonym"]], row) for row in rows)
        opened = ((pseudonym, place.open(row["pseudonym"], row["sealed"])) for pseudonym, place, row in found)
        return {pseudonym: original for pseudonym, original in opened if original is not None}

    async def forget(self, domain: str, pseudonyms: Sequence[str]) -> None:
        """Remove some of a domain.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        places = [sealers.of(domain) for sealers in self._every]
        names = [place.digest(pseudonym) for place in places for pseudonym in pseudonyms]
        await self._execute("forget", [place.name for place in places], names)
        for pseudonym in pseudonyms:
            self._stored.pop((domain, pseudonym), None)

    async def amend(self, domain: str, pseudonym: str, change: Callable[[str], str]) -> bool:
        """Change what is stored under a name and renew its life; return whether anything is.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        now = self.clock.now()
        places = {place.name: place for place in (sealers.of(domain) for sealers in self._every)}
        names = [place.digest(pseudonym) for place in places.values()]
        with database.raising(VaultUnavailableError):
            async with self.connected.acquire() as connection, connection.transaction():
                rows = await connection.fetch(SQL["held"], list(places), names, _moment(now))
                opened = ((places[row["domain"]], row["pseudonym"], row["sealed"]) for row in rows)
                held = [(place, name, place.open(name, sealed)) for place, name, sealed in opened]
                found = [(place, name, text) for place, name, text in held if text is not None]
                for place, name, text in found:
                    sealed = place.seal(name, change(text))
                    await connection.execute(SQL["amend"], place.name, name, sealed, _moment(now + self.ttl_s))
        return bool(found)

    async def begun_with(self, domain: str) -> str:
        """Return the id of the master key that a domain's pseudonyms are minted and sealed with.

        A conversation that has begun goes on with the master key it began with, so that nobody in it gets another name;
        what belongs to no conversation takes the one in use at once.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        return (await self._begun_with(domain)).keyring.key_id

    async def _begun_with(self, domain: str) -> Sealers:
        if len(self._every) == 1 or domain.endswith("\x1f"):
            return self._sealers
        known = self._begun.get(domain)
        if known is None:
            former = {sealers.of(domain).name: sealers for sealers in self._every[1:]}
            with database.raising(VaultUnavailableError):
                rows = await self.connected.fetch(SQL["begun"], list(former), _moment(self.clock.now()))
            known = self._begun[domain] = former[rows[0]["domain"]] if rows else self._sealers
            if len(self._begun) > _REMEMBERED:
                self._begun.popitem(last=False)
        return known

    async def purge(self) -> int:
        """Remove what has expired, a batch at a time, unless another process does; return how many."""
        removed = 0
        while True:
            batch = _count(await self._execute("purge", _moment(self.clock.now()), _PURGED_AT_ONCE))
            removed += batch
            if batch < _PURGED_AT_ONCE:
                return removed

    async def overdue_s(self) -> float:
        """Return for how long the oldest original is kept beyond its expiry, seconds; 0 where none is."""
        now = _moment(self.clock.now())
        with database.raising(VaultUnavailableError):
            expired = await self.connected.fetchval(SQL["oldest"], now)
        return (now - expired).total_seconds() if expired is not None else 0.0

    async def erase(self, domain: str) -> int:
        """Remove a domain; return how many pseudonyms can no longer be put back."""
        return await self._erase([sealers.of(domain).name for sealers in self._every], None, None)

    async def erase_tenant(self, tenant: str, activity: str = "") -> int:
        """Remove all that a tenant, or one of its activities, has here; return how many."""
        tenants = [sealers.tenant(tenant) for sealers in self._every]
        return await self._erase(
            None, tenants, [sealers.activity(tenant, activity) for sealers in self._every] if activity else None
        )

    async def _erase(
        self, domains: list[bytes] | None, tenants: list[bytes] | None, activities: list[bytes] | None
    ) -> int:
        self._forget()
        with database.raising(VaultUnavailableError):
            erased: int = await self.connected.fetchval(SQL["erase"], domains, tenants, activities)
        return erased

    async def _listen(self) -> None:
        """Forget what was stored when any process erases; whatever was missed without a connection, too."""
        while True:
            with contextlib.suppress(*database.UNAVAILABLE, asyncpg.PostgresError):
                connection = await database.connect(self.dsn, database.VAULT, timeout_s=self.timeout_s)
                try:
                    await connection.add_listener(_CHANNEL, lambda *_: self._forget())
                    self._forget()
                    await database.listen_until_ended(connection, self.timeout_s)
                finally:
                    connection.terminate()
            await asyncio.sleep(1.0)

    def _forget(self) -> None:
        self._stored.clear()
        self._begun.clear()

    async def sealed_with(self) -> Mapping[str, tuple[int, datetime]]:
        """Return per id of a master key how many pseudonyms it sealed and when the last of them expires."""
        with database.raising(VaultUnavailableError):
            rows = await self.connected.fetch(SQL["sealed"], _moment(self.clock.now()))
        return {row["key_id"]: (row["number"], row["latest"]) for row in rows}

    async def stats(self) -> Mapping[str, Any]:
        """Return pseudonyms, domains, expired, first_expiry and bytes."""
        with database.raising(VaultUnavailableError):
            row = await self.connected.fetchrow(SQL["stats"], _moment(self.clock.now()))
        return dict(row)

    async def _execute(self, statement: str, *arguments: Any) -> str:
        with database.raising(VaultUnavailableError):
            said: str = await self.connected.execute(SQL[statement], *arguments)
        return said

    @property
    def connected(self) -> asyncpg.Pool:
        """The pool.

        Raises:
            VaultUnavailableError: it was not started.

        """
        if self._pool is None:
            raise VaultUnavailableError
        return self._pool


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _count(said: str) -> int:
    """Return the number in "DELETE 3"."""
    return int(said.rsplit(" ", 1)[-1])
