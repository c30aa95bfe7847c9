"""The vault in PostgreSQL: sealed with AES-256-GCM per domain, expiring, in a schema and under a role of its own.

An erasure by any process clears, through a notification, what this process remembers having stored, so that a value
that occurs again is stored again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from proxy.core.keyring import Keyring
from proxy.errors import VaultUnavailableError
from proxy.ports import Clock
from proxy.runtime import database
from proxy.runtime.background import Background
from proxy.runtime.offload import run_in_thread_if_large
from proxy.runtime.recent import BoundedCache
from proxy.vault.sealing import DomainSealer, Sealers

SQL = database.statements(Path(__file__).with_name("queries.sql"))
_REMEMBERED = 50_000
_CHANNEL = "vault_erased"
_PURGED_AT_ONCE = 5_000
_SEALED_REPLIES = 100_000  # of one tenant and target whose seals are remembered; the oldest go first
_TRIMMED_EVERY = 1_000  # rows of seals that a process writes for a tenant and target between two looks at their number
_DIGESTED = 100  # what a digest or an opened row costs, in characters of ``offload``
_ERASING_S = 600.0  # looking through everything of a tenant
#: Of the lifetime: a pseudonym in use is stored again once a quarter of it has passed.
RENEW_BELOW = 0.75


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
    #: By domain and pseudonym.
    _stored: BoundedCache[tuple[str, str], Remembered] = field(default_factory=lambda: BoundedCache(_REMEMBERED))
    #: Domain -> sealers of its first master key.
    _first: BoundedCache[str, Sealers] = field(default_factory=lambda: BoundedCache(_REMEMBERED))
    _seal_rows: Counter[bytes] = field(default_factory=Counter)  # by maker, written by this process
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
        fresh_until = now + self.ttl_s * RENEW_BELOW
        entries = {pseudonym: stored.get((domain, pseudonym), _NOTHING) for pseudonym in pseudonyms}
        new = [pseudonym for pseudonym, entry in entries.items() if not entry.serves(subject, fresh_until)]
        if not new:
            return
        sealers = await self.sealers_of(domain)
        sealer, expires = sealers.of(domain), now + self.ttl_s
        names = [sealer.digest(pseudonym) for pseudonym in new]
        sealed = [sealer.seal(name, pseudonyms[pseudonym]) for name, pseudonym in zip(names, new, strict=True)]
        named = [sealer.named(name, pseudonym) for name, pseudonym in zip(names, new, strict=True)]
        await self._execute(
            "put", sealer.name, sealer.tenant, sealer.activity, names, sealed, _moment(expires), sealers.keyring.key_id,
            named, sealer.origin, [subject] if subject else [],
        )  # fmt: skip
        for pseudonym in new:
            stored[domain, pseudonym] = Remembered(expires, entries[pseudonym].subjects | {subject})

    async def find(self, domain: str, pseudonyms: Sequence[str]) -> Mapping[str, str]:
        """Return the originals of those pseudonyms that are known in this domain and have not expired.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        if not pseudonyms:
            return {}
        places = [sealers.of(domain) for sealers in self._all]
        by_digest = {sealer.digest(pseudonym): (pseudonym, sealer) for sealer in places for pseudonym in pseudonyms}
        names = [sealer.name for sealer in places]
        with database.raising(VaultUnavailableError):
            rows = await self.connected.fetch(SQL["find"], names, list(by_digest), _moment(self.clock.now()))
        candidates = ((*by_digest[row["pseudonym"]], row) for row in rows)
        opened = ((pseudonym, sealer.open(row["pseudonym"], row["sealed"])) for pseudonym, sealer, row in candidates)
        return {pseudonym: original for pseudonym, original in opened if original is not None}

    async def put_seals(self, domain: str, names: Sequence[str], target: str) -> None:
        """Remember in one row which target sealed what has these names; return when durable.

        Names that this target's rows have already are left out, so that few rows match a name however often it comes.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        sealer, now = self._sealers.of(domain), self.clock.now()
        maker, fresh_until = sealer.digest(target), _moment(now + self.ttl_s * RENEW_BELOW)
        digests = list(dict.fromkeys(map(sealer.digest, names)))
        rows = await self._seals(digests)
        fresh = {row["name"] for row in rows if row["maker"] == maker and row["expires_at"] > fresh_until}
        new = [digest for digest in digests if digest not in fresh]
        if not new:
            return
        sealed, key_id = sealer.seal(_bound(new), target), self._sealers.keyring.key_id
        await self._execute(
            "put_seals", sealer.name, sealer.tenant, maker, new, sealed, _moment(now + self.ttl_s), key_id
        )
        self._seal_rows[maker] += 1
        if self._seal_rows[maker] % _TRIMMED_EVERY == 1 % _TRIMMED_EVERY:
            await self._execute("trim_seals", sealer.name, maker, _SEALED_REPLIES, _PURGED_AT_ONCE)

    async def makers(self, domain: str, names: Sequence[str]) -> Mapping[str, str]:
        """Return name -> target for those names that are remembered.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        sealers = [each.of(domain) for each in self._all]
        by_digest = await run_in_thread_if_large(
            len(names) * _DIGESTED,
            lambda: {sealer.digest(name): (name, sealer) for sealer in sealers for name in names},
        )
        rows = await self._seals(list(by_digest))
        return await run_in_thread_if_large(len(rows) * _DIGESTED, lambda: _opened(rows, by_digest))

    async def _seals(self, digests: Sequence[bytes]) -> Sequence[Mapping[str, Any]]:
        """Return for each name and maker the newest row: name, id, domain, maker, sealed, expires_at, bound.

        The planner takes reading every row for cheap, since it does not count what long columns cost.
        """
        with database.raising(VaultUnavailableError):
            async with self.connected.acquire() as connection, connection.transaction():
                await connection.execute("SET LOCAL enable_seqscan = off")
                rows: list[Mapping[str, Any]] = await connection.fetch(SQL["seals"], digests, _moment(self.clock.now()))
        return rows

    async def forget(self, domain: str, pseudonyms: Sequence[str]) -> None:
        """Remove some pseudonyms of a domain.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        places = [sealers.of(domain) for sealers in self._all]
        names = [sealer.digest(pseudonym) for sealer in places for pseudonym in pseudonyms]
        await self._execute("forget", [sealer.name for sealer in places], names)
        for pseudonym in pseudonyms:
            self._stored.pop((domain, pseudonym), None)

    async def amend(self, domain: str, pseudonym: str, change: Callable[[str], str]) -> bool:
        """Change what is stored under a name and renew its expiry; return whether there is anything.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        now = self.clock.now()
        places = {sealer.name: sealer for sealer in (sealers.of(domain) for sealers in self._all)}
        names = [sealer.digest(pseudonym) for sealer in places.values()]
        with database.raising(VaultUnavailableError):
            async with self.connected.acquire() as connection, connection.transaction():
                rows = await connection.fetch(SQL["lock"], list(places), names, _moment(now))
                opened = ((places[row["domain"]], row["pseudonym"], row["sealed"]) for row in rows)
                texts = [(sealer, name, sealer.open(name, sealed)) for sealer, name, sealed in opened]
                entries = [(sealer, name, text) for sealer, name, text in texts if text is not None]
                for sealer, name, text in entries:
                    sealed = sealer.seal(name, change(text))
                    await connection.execute(SQL["amend"], sealer.name, name, sealed, _moment(now + self.ttl_s))
        return bool(entries)

    async def begun_with(self, domain: str) -> str:
        """Return the id of the master key that a domain's pseudonyms are minted and sealed with.

        A conversation keeps the master key that it began with, so that nobody in it gets another name; everything else
        uses the current one at once.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        return (await self.sealers_of(domain)).keyring.key_id

    async def sealers_of(self, domain: str) -> Sealers:
        """Return the sealers of the master key that a domain is stored under.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        if len(self._all) == 1 or domain.endswith("\x1f"):
            return self._sealers
        remembered = self._first.get(domain)
        if remembered is None:
            by_name = {sealers.of(domain).name: sealers for sealers in self._all[1:]}
            with database.raising(VaultUnavailableError):
                rows = await self.connected.fetch(SQL["begun"], list(by_name), _moment(self.clock.now()))
            remembered = self._first[domain] = by_name[rows[0]["domain"]] if rows else self._sealers
        return remembered

    async def purge(self) -> int:
        """Remove what has expired, in batches, unless another process is doing so; return how many pseudonyms."""
        removed = await self._purge("purge")
        await self._purge("purge_seals")
        await self._purge("purge_replies", by_server_time=True)
        return removed

    async def _purge(self, statement: str, *, by_server_time: bool = False) -> int:
        removed = 0
        while True:
            until = () if by_server_time else (_moment(self.clock.now()),)
            batch = _count(await self._execute(statement, *until, _PURGED_AT_ONCE))
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
        places = [sealers.of(domain) for sealers in self._all]
        return await self._erase([sealer.tenant for sealer in places], [sealer.name for sealer in places], None, None)

    async def erase_tenant(self, tenant: str, activity: str = "") -> int:
        """Remove everything of a tenant, or of one of its activities; return how many pseudonyms."""
        tenants = [sealers.tenant(tenant) for sealers in self._all]
        return await self._erase(
            tenants, None, tenants, [sealers.activity(tenant, activity) for sealers in self._all] if activity else None
        )

    async def erase_subject(self, tenant: str, mark: bytes) -> int:
        """Remove what exchanges about a data subject minted; return how many pseudonyms."""
        self._forget()
        with database.raising(VaultUnavailableError):
            tenants = [sealers.tenant(tenant) for sealers in self._all]
            async with self.connected.acquire() as connection, connection.transaction():
                await connection.execute(SQL["erasing_turn"], tenants, timeout=_ERASING_S)
                erased: int = await connection.fetchval(SQL["erase_subject"], tenants, mark, timeout=_ERASING_S)
        return erased

    async def _erase(
        self, of: list[bytes], domains: list[bytes] | None, tenants: list[bytes] | None, activities: list[bytes] | None
    ) -> int:
        """Erase, after replies that are being kept for the tenants ``of``."""
        self._forget()
        with database.raising(VaultUnavailableError):
            async with self.connected.acquire() as connection, connection.transaction():
                await connection.execute(SQL["erasing_turn"], of)
                erased: int = await connection.fetchval(SQL["erase"], domains, tenants, activities)
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
        return await self._by_key("sealed")

    async def seals_with(self) -> Mapping[str, tuple[int, datetime]]:
        """Return the same of replies whose seals are remembered; their names are digests, so they keep their key."""
        return await self._by_key("seals_by_key")

    async def _by_key(self, statement: str) -> Mapping[str, tuple[int, datetime]]:
        with database.raising(VaultUnavailableError):
            rows = await self.connected.fetch(SQL[statement], _moment(self.clock.now()))
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


def _bound(names: Sequence[bytes]) -> bytes:
    """Return what seals of a reply are bound to, so that no name can be added: the SHA-256 of its names in order."""
    return hashlib.sha256(b"".join(names)).digest()


def _opened(rows: Iterable[Mapping[str, Any]], by_digest: Mapping[bytes, tuple[str, DomainSealer]]) -> dict[str, str]:
    """Return name -> target; of several, that of the newest row. Each row is opened once."""
    targets: dict[int, str | None] = {}
    makers: dict[str, str] = {}
    for row in sorted(rows, key=itemgetter("id")):
        name, sealer = by_digest[row["name"]]
        if row["id"] not in targets:
            targets[row["id"]] = sealer.open(row["bound"], row["sealed"]) if row["domain"] == sealer.name else None
        target = targets[row["id"]]
        if target is not None:
            makers[name] = target
    return makers


def _count(tag: str) -> int:
    """Return the number in a command tag."""
    return int(tag.rsplit(" ", 1)[-1])
