"""Lists of registered people in PostgreSQL: sealed blocks of keyed digests, never a value.

The digests of a tenant are made with a key of its own, random, sealed by the master key and gone with its last list.
Without the master key a block is noise: not even equal digests can be told. A list is replaced whole: its new blocks
count once all of them are stored.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from array import array
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import asyncpg
import orjson

from proxy.core.keyring import Keyring
from proxy.errors import ConfigurationError, IdentityUnavailableError
from proxy.identity.requests import fresh
from proxy.identity.subject_key import KeyScope, open_key, seal_key
from proxy.ports import Clock
from proxy.runtime import database
from proxy.runtime.background import Background

SQL = database.statements(Path(__file__).with_name("registered.sql"))
_CHANNEL = "identity_registered"
_PURPOSE = "registered-people"
_KEY_BYTES = 32
_UNREADABLE = "the key of registered people does not open with this installation's master keys"
_BUSY = "another load of this list is running"
#: People in a block.
BLOCK: Final = 1000


class Block(NamedTuple):
    """The records of some people: whose each is (a digest of their reference, 0 for none), and their digests."""

    subjects: array[int]
    digests: list[array[int]]

    def packed(self) -> bytes:
        """Return it as numbers of 64 bits: people, their subjects, the digests that each has, the digests."""
        head = array("Q", [len(self.subjects), *self.subjects, *map(len, self.digests)])
        return head.tobytes() + b"".join(each.tobytes() for each in self.digests)

    @staticmethod
    def people_in(packed: bytes) -> int:
        """Return how many people are in a packed block."""
        return int.from_bytes(packed[:8], sys.byteorder)

    @classmethod
    def unpacked(cls, data: bytes) -> Block:
        """Return what ``packed`` returned."""
        numbers = array("Q")
        numbers.frombytes(data)
        people, at = numbers[0], 1 + 2 * numbers[0]
        digests = []
        for size in numbers[1 + people : at]:
            digests.append(numbers[at : at + size])
            at += size
        return cls(numbers[1 : 1 + people], digests)


@dataclass(frozen=True, slots=True)
class StoredList:
    """A list as it is stored: ``lengths`` says how many numbers of digits alone have which length, by their code."""

    tenant: str
    name: str
    load: str
    role: str
    types: tuple[str, ...]
    lengths: Mapping[tuple[int, int], int]
    people: int
    digests: int
    loaded: datetime
    loaded_by: str
    version: int  # of how its digests were made

    def document(self) -> dict[str, Any]:
        """Return what may be said of it."""
        return {
            "tenant": self.tenant, "name": self.name, "load": self.load, "role": self.role, "people": self.people,
            "digests": self.digests, "loaded": self.loaded, "loaded_by": self.loaded_by,
            "version": self.version,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class TenantKey:
    """The key of a tenant's registered people."""

    tenant: str
    key: bytes = field(repr=False)

    @classmethod
    def opened(cls, keys: Keyring, tenant: str, sealed: bytes) -> TenantKey | None:
        """Return the sealed one, None if none of these master keys opens it."""
        opened = (open_key(ring, KeyScope("", _PURPOSE, tenant), sealed) for ring in keys.every)
        return next((cls(tenant, key) for key in opened if key is not None), None)

    def sealed(self, keys: Keyring) -> bytes:
        """Return it sealed by the master key."""
        return seal_key(keys, KeyScope("", _PURPOSE, self.tenant), self.key)

    @property
    def of_digests(self) -> bytes:
        """The key of the digests."""
        return Keyring(self.key).derive("digests")

    def shut(self, scope: str, data: bytes) -> bytes:
        """Return data sealed for one place."""
        return seal_key(Keyring(self.key), KeyScope(scope, _PURPOSE, self.tenant), data)

    def open(self, scope: str, data: bytes) -> bytes:
        """Return sealed data.

        Raises:
            IdentityUnavailableError: it was altered or moved.

        """
        opened = open_key(Keyring(self.key), KeyScope(scope, _PURPOSE, self.tenant), data)
        if opened is None:
            raise IdentityUnavailableError("a block of registered people was altered")
        return opened


class LoadTotals(NamedTuple):
    """What a load amounts to, and the version of how its digests were made."""

    people: int
    digests: int
    lengths: Mapping[tuple[int, int], int]
    version: int


@dataclass(eq=False)
class RegisteredStore:
    """The lists of every tenant. ``changed`` is called when any process has changed one, and on reconnecting."""

    dsn: str
    keyring: Keyring
    clock: Clock
    changed: Callable[[], object] = lambda: None
    _pool: asyncpg.Pool | None = None
    _background: Background = field(default_factory=Background)

    async def start(self) -> None:
        """Create the pool and reach the database once.

        Raises:
            IdentityUnavailableError: it cannot be reached, or the login is not a member of the identity role.

        """
        with database.raising(IdentityUnavailableError):
            self._pool = await database.pool(self.dsn, database.IDENTITY)
            await self._pool.fetchval("SELECT 1 FROM identity.registered_list LIMIT 1")

    def listen(self) -> None:
        """Begin to hear of changes."""
        heard = database.hear(self.dsn, database.IDENTITY, _CHANNEL, lambda _: self._tell(), reconnected=self._tell)
        self._background.start("registered people listener", heard)

    async def close(self) -> None:
        """Close the connections."""
        await self._background.stop()
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def lists(self, tenant: str | None = None) -> tuple[StoredList, ...]:
        """Return the lists, of a tenant or of all.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            rows = await self._connected.fetch(SQL["lists"], tenant)
        return tuple(map(_stored, rows))

    async def key(self, tenant: str, *, create: bool = False) -> TenantKey:
        """Return the key of a tenant's lists; with ``made``, one is made if there is none.

        Raises:
            IdentityUnavailableError: the store cannot be reached, or the key does not open.

        """
        with database.raising(IdentityUnavailableError):
            sealed = await self._connected.fetchval(SQL["key"], tenant)
            if sealed is None and create:
                new = TenantKey(tenant, secrets.token_bytes(_KEY_BYTES)).sealed(self.keyring)
                await self._connected.execute(SQL["add_key"], tenant, new, self.keyring.key_id)
                sealed = await self._connected.fetchval(SQL["key"], tenant)
        key = None if sealed is None else TenantKey.opened(self.keyring, tenant, sealed)
        if key is None:
            raise IdentityUnavailableError(_UNREADABLE)
        return key

    async def blocks(self, stored: StoredList, key: TenantKey) -> AsyncIterator[bytes]:
        """Yield the packed blocks of a list.

        Raises:
            IdentityUnavailableError: the store cannot be reached, or a block was altered.

        """
        where = (stored.tenant, stored.name, stored.load)
        with database.raising(IdentityUnavailableError):
            numbers = await self._connected.fetch(SQL["block_numbers"], *where)
        for row in numbers:
            with database.raising(IdentityUnavailableError):
                sealed = await self._connected.fetchval(SQL["block"], *where, row["number"])
            if sealed is None:
                raise IdentityUnavailableError("a list of registered people was replaced while it was read")
            yield key.open(_scope(*where, row["number"]), sealed)

    @asynccontextmanager
    async def replacing(self, key: TenantKey, name: str) -> AsyncIterator[ListLoad]:
        """Begin to replace a list; ``ListLoad.finish`` puts it in force, without it nothing changes.

        Raises:
            ConfigurationError: another load of this list is running.
            IdentityUnavailableError: the store cannot be reached.

        """
        async with AsyncExitStack() as stack:
            with database.raising(IdentityUnavailableError):
                connection = await stack.enter_async_context(self._connected.acquire())
                if await connection.fetchval(SQL["busy"], key.tenant, name):
                    raise ConfigurationError(_BUSY)
            yield ListLoad(connection, key, name, self.clock)

    async def remove(self, tenant: str, name: str) -> bool:
        """Remove a list, and with the last one the key; return whether there was one.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        with database.raising(IdentityUnavailableError):
            async with self._connected.acquire() as connection, connection.transaction():
                removed: str = await connection.execute(SQL["remove_list"], tenant, name)
                await connection.execute(SQL["remove_blocks"], tenant, name, "")
                await connection.execute(SQL["remove_key"], tenant)
                await connection.execute(SQL["announce"])
        return not removed.endswith(" 0")

    def _tell(self) -> None:
        self.changed()

    @property
    def _connected(self) -> asyncpg.Pool:
        if self._pool is None:
            raise IdentityUnavailableError
        return self._pool


@dataclass(slots=True)
class ListLoad:
    """A list that is being loaded. ``id`` names the load in evidence."""

    connection: Any
    key: TenantKey
    name: str
    clock: Clock
    id: str = field(default_factory=lambda: fresh("rl_"))
    _number: int = 0

    async def add(self, packed: bytes) -> None:
        """Store a packed block; errors as ``finish``."""
        where = (self.key.tenant, self.name, self.id)
        sealed = await asyncio.to_thread(self.key.shut, _scope(*where, self._number), packed)
        with database.raising(IdentityUnavailableError):
            await self.connection.execute(SQL["add_block"], *where, self._number, sealed)
        self._number += 1

    async def finish(self, role: str, types: Sequence[str], totals: LoadTotals, by: str) -> None:
        """Put the list in force instead of what was loaded before, in one transaction.

        Raises:
            IdentityUnavailableError: the store cannot be reached.

        """
        lengths = [[code, digits, number] for (code, digits), number in sorted(totals.lengths.items())]
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        row = (
            self.key.tenant, self.name, self.id, role, list(types), orjson.dumps(lengths).decode(), totals.people,
            totals.digests, now, by, totals.version,
        )  # fmt: skip
        with database.raising(IdentityUnavailableError):
            async with self.connection.transaction():
                await self.connection.execute(SQL["put_list"], *row)
                await self.connection.execute(SQL["remove_blocks"], *row[:3])
                await self.connection.execute(SQL["announce"])


def _scope(*parts: object) -> str:
    return "\x1f".join(map(str, parts))


def _stored(row: Mapping[str, Any]) -> StoredList:
    lengths = {(code, digits): number for code, digits, number in orjson.loads(row["lengths"])}
    return StoredList(**{**row, "types": tuple(row["types"]), "lengths": lengths})
