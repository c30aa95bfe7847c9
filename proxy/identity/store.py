"""API keys in PostgreSQL: created once, found through a short-lived cache, revoked everywhere within seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, LiteralString

import asyncpg

from proxy.core.keyring import Keyring
from proxy.core.records import Principal
from proxy.core.targets import regions
from proxy.errors import ConfigurationError, IdentityUnavailableError
from proxy.identity import keys
from proxy.identity.keys import Presented
from proxy.keys.authority import Authority
from proxy.ports import Clock
from proxy.runtime import database
from proxy.runtime.background import Background
from proxy.runtime.recent import BoundedCache

_SQL = database.statements(Path(__file__).with_name("queries.sql"))
_CHANNEL = "identity_api_key"
_CACHED = 10_000
_OF_TENANT: LiteralString = "$1::text IS NULL OR r.tenant = $1 ORDER BY r.created, r.id"
_LONGEST_NAME = 256  # characters: names are indexed


@dataclass(frozen=True, slots=True)
class Binding:
    """What a key is bound to: fields of its ``Principal``."""

    tenant: str
    service: str
    activities: tuple[str, ...]
    default_activity: str
    ingress_region: str
    default_subject_region: str | None = None
    roles: tuple[str, ...] = ()
    declarable_regions: tuple[str, ...] = (regions.ANY,)
    may_declare_adult: bool = False


@dataclass(frozen=True)
class StoredKey:
    """One row; times are aware datetimes. Callers must not pass the hash on.

    ``proven``: a holder of the master key made it what it is; it is not obeyed otherwise.
    """

    id: str
    binding: Binding
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    last_used: date | None
    hash: bytes = field(repr=False)
    proven: bool = False

    def valid(self, now: datetime) -> bool:
        """Whether the key may be used now."""
        return self.proven and self.revoked is None and (self.expires is None or now < self.expires)

    @cached_property
    def principal(self) -> Principal:
        """The caller that this key identifies."""
        return Principal(key_id=self.id, **asdict(self.binding))


@dataclass(eq=False)
class ApiKeyStore:
    """Creates, lists, revokes and finds keys. ``cache_s`` bounds how long a revoked key may still pass."""

    dsn: str
    keyring: Keyring
    clock: Clock
    cache_s: float = 3.0
    timeout_s: float = 5.0
    _cache: BoundedCache[str, tuple[float, StoredKey | None]] = field(default_factory=lambda: BoundedCache(_CACHED))
    _background: Background = field(default_factory=Background)

    def __post_init__(self) -> None:
        self._authority = Authority("api_key", self.keyring)
        self._hashing = {ring.key_id: keys.hashing_key(ring) for ring in self.keyring.every}  # the current one first
        self._pool: asyncpg.Pool | None = None
        self.listening = asyncio.Event()  # set while other processes' changes are received

    async def start(self) -> None:
        """Create the pool, reach the database once, and listen for changes.

        Raises:
            IdentityUnavailableError: it cannot be reached, or the login is not a member of the identity role.

        """
        with database.raising(IdentityUnavailableError):
            self._pool = await database.pool(self.dsn, database.IDENTITY, timeout_s=self.timeout_s)
            await self._pool.fetchval("SELECT 1 FROM identity.api_key LIMIT 1")
        self._background.start("api key listener", self._listen())

    async def ready(self) -> bool:
        """Whether keys can be looked up now.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            return bool(await self._connected.fetchval(_SQL["ready"]))

    async def close(self) -> None:
        """Close the connections."""
        await self._background.stop()
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def create(self, binding: Binding, expires: datetime | None = None) -> str:
        """Store a new key and return it; it cannot be shown again.

        Raises:
            ConfigurationError: the default activity is not among the activities, or a field is empty.
            IdentityUnavailableError: the store cannot be reached.

        """
        if binding.default_activity not in binding.activities:
            raise ConfigurationError("the default activity must be one of the key's activities")
        if not (binding.tenant and binding.service and binding.ingress_region):
            raise ConfigurationError("a key needs a tenant, a service and an ingress region")
        if any(len(name) > _LONGEST_NAME for name in (binding.tenant, binding.service, *binding.activities)):
            raise ConfigurationError(
                f"names of tenants, services and activities have at most {_LONGEST_NAME} characters"
            )
        named = {binding.ingress_region, binding.default_subject_region, *binding.declarable_regions}
        unknown = sorted(code for code in named - {None, regions.ANY} if code and not regions.exists(code))
        if unknown:
            raise ConfigurationError(f"'{unknown[0]}' is not a region: use an ISO 3166 code")
        key = keys.mint()
        row = {
            "id": key.id,
            "hash": keys.hashed(key, self._hashing[self.keyring.key_id]),
            **{name: list(value) if isinstance(value, tuple) else value for name, value in asdict(binding).items()},
            "created": self._now(),
            "expires": expires,
        }
        with database.raising(IdentityUnavailableError):
            async with self._connected.acquire() as connection, connection.transaction():
                await connection.execute(_SQL["create"], *row.values(), self.keyring.key_id)
                await self._authority.prove(connection, key.id, {**row, "revoked": None})
        self._cache.pop(key.id, None)
        return keys.text(key)

    async def list(self, tenant: str | None = None) -> tuple[StoredKey, ...]:
        """Return all keys, or a tenant's."""
        with database.raising(IdentityUnavailableError):
            rows = await self._connected.fetch(self._authority.where(_OF_TENANT), tenant)
        return tuple(self._stored(row) for row in rows)

    async def get(self, key_id: str) -> StoredKey | None:
        """Return one key."""
        with database.raising(IdentityUnavailableError):
            row = await self._connected.fetchrow(self._authority.row, key_id)
        return self._stored(row) if row is not None else None

    async def hashed_with(self) -> Mapping[str, tuple[int, date]]:
        """Return, by master key id, how many valid keys are hashed with it and when one of them was last used."""
        with database.raising(IdentityUnavailableError):
            rows = await self._connected.fetch(_SQL["hashes"], self._now())
        return {row["key_id"]: (row["number"], row["latest"]) for row in rows}

    async def revoke(self, key_id: str) -> bool:
        """Revoke at once; return whether the key existed and was not revoked."""
        now = self._now()
        return await self._changed("revoke", key_id, now, revoked=now)

    async def expire(self, key_id: str, expires: datetime) -> bool:
        """Set when a key expires; return whether there is one that was not revoked."""
        return await self._changed("expire", key_id, expires, expires=expires)

    async def find(self, presented: str) -> Principal | None:
        """Return the caller of a valid key, or None.

        Raises:
            IdentityUnavailableError: the store cannot be reached and the key is not cached.

        """
        key = keys.parse(presented)
        if key is None:
            return None
        cached = self._cache.get(key.id)
        if cached is not None and self.clock.monotonic() < cached[0]:
            stored = cached[1]
        else:
            stored = await self._load(key)
        if stored is None or not self._hashed_with(key, stored) or not stored.valid(self._now()):
            return None
        return stored.principal

    def _hashed_with(self, key: Presented, stored: StoredKey) -> str:
        """Return the id of the master key with which the stored hash matches the key, "" if none does."""
        return next((name for name, hashing in self._hashing.items() if keys.matches(key, stored.hash, hashing)), "")

    async def _load(self, key: Presented) -> StoredKey | None:
        """Read a key past the cache, record the day of use, and rehash it with the master key in force."""
        started, key_id = self.clock.monotonic(), key.id
        with database.raising(IdentityUnavailableError):
            row = await self._connected.fetchrow(self._authority.row, key_id)
            stored = self._stored(row) if row is not None else None
            today = self._now().date()
            if stored is not None and stored.last_used != today and stored.valid(self._now()):
                await self._connected.execute(_SQL["used"], key_id, today)
            if stored is not None and stored.proven and self._hashed_with(key, stored) not in {"", self.keyring.key_id}:
                stored = await self._rehashed(key, stored)
        self._cache[key_id] = (started + self.cache_s, stored)
        return stored

    async def _rehashed(self, key: Presented, stored: StoredKey) -> StoredKey:
        """Rehash a key in use with this process's master key, if that is in force."""
        rehashed = keys.hashed(key, self._hashing[self.keyring.key_id])
        await self._changed("hash", key.id, rehashed, self.keyring.key_id, stored.hash, hash=rehashed)
        return await self.get(key.id) or stored

    async def _listen(self) -> None:
        """Forget a key as soon as any process changes it; while disconnected, the cache's lifetime bounds staleness."""
        await database.hear(
            self.dsn, database.IDENTITY, _CHANNEL, lambda key_id: self._cache.pop(key_id, None),
            reconnected=self._cache.clear, listening=self.listening, timeout_s=self.timeout_s,
        )  # fmt: skip

    async def _changed(self, statement: str, key_id: str, *arguments: Any, **changed: Any) -> bool:
        """Change a key; what nobody proved gets no proof by that."""
        with database.raising(IdentityUnavailableError):
            async with self._connected.acquire() as connection, connection.transaction():
                before = await connection.fetchrow(self._authority.row, key_id)
                done = await connection.execute(_SQL[statement], key_id, *arguments)
                if done := done.endswith(" 1"):
                    await self._authority.prove_changed(connection, before, changed)
        self._cache.pop(key_id, None)
        return bool(done)

    def _stored(self, row: Any) -> StoredKey:
        fields: dict[str, Any] = {name: row[name] for name in Binding.__dataclass_fields__}
        lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
        binding = Binding(**{**fields, **lists})
        times = (row["created"], row["expires"], row["revoked"], row["last_used"])
        return StoredKey(row["id"], binding, *times, row["hash"], self._authority.proven(row))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now(), UTC)

    @property
    def _connected(self) -> asyncpg.Pool:
        if self._pool is None:
            raise IdentityUnavailableError
        return self._pool
