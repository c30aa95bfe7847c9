"""The registry store in PostgreSQL: revisions are added and activated, never changed; each write names its base."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from proxy.catalog import documents as catalog_documents
from proxy.core.keyring import Keyring
from proxy.errors import ConfigurationError, RegistryConflictError, RegistryUnavailableError
from proxy.keys.authority import Authority
from proxy.registry import sensitive
from proxy.runtime import database

#: The channel of notifications when a revision comes into force.
CHANNEL = "registry_activation"
#: A process silent for this long is not listed; after as long again its row is removed.
SILENT = timedelta(minutes=3)
IMPORT_HINT = "the registry in the database is empty; fill it with: compliance-proxy registry import config/"
_SQL = database.statements(Path(__file__).with_name("queries.sql"))
#: Selects the last activation (seq, revision); no row before the first.
HEAD = _SQL["head"]
#: Selects the packed policy bundle of a revision.
BUNDLE = _SQL["bundle"]
_LONGEST_COMMENT = 2000
#: Raised if the role, the schema or the table is missing.
_NO_SCHEMA = (asyncpg.InvalidParameterValueError, asyncpg.InvalidSchemaNameError, asyncpg.UndefinedTableError)
_PREFIX = re.compile(r"[0-9a-f]{1,20}")


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One revision in the history; times are aware datetimes. ``activated_*`` are of its last activation, if any."""

    revision: str
    parent: str | None
    made_at: datetime
    made_by: str
    comment: str
    active: bool = False
    activated_at: datetime | None = None
    activated_by: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """One revision with its document ``{registry, endpoints, routes, rules}``."""

    revision: str
    parent: str | None
    made_at: datetime
    made_by: str
    comment: str
    documents: Mapping[str, Any] = field(repr=False)
    evidence: str = field(default="", repr=False)  # JSON of what was tried before it was asked for, "" for nothing


@dataclass(frozen=True, slots=True)
class Replica:
    """What one proxy process runs. ``refused`` is the reason why a newer revision is not in force, or ""."""

    writer: str  # the id of its audit chain
    host: str
    pid: int
    started_at: datetime
    policy_revision: str
    policy_digest: str
    data_revision: str
    registry_revision: str
    engine: str
    refused: str = ""
    seen_at: datetime | None = None  # set by the database


@dataclass(frozen=True, slots=True)
class CounterState:
    """What processes have taken from one counter of a limit or budget in its window; cost in millionths."""

    limit: str
    unit: str
    names: tuple[str, ...]  # whose it is, in the order of the limit's ``by``
    starts: datetime
    ends: datetime
    taken: int


@dataclass(frozen=True, slots=True)
class KeptBundle:
    """A policy bundle that was in force, and when it was stored."""

    revision: str
    made_at: datetime
    bytes: int


def _counter(row: Mapping[str, Any]) -> CounterState:
    limit, unit, *names = row["counter"].split("\n")
    return CounterState(limit, unit, tuple(names), row["starts"], row["ends"], row["taken"])


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A target that reported a region it is not registered for, in the provider's words."""

    target: str
    reported: str
    since: datetime


@dataclass(eq=False)
class RegistryStore:
    """Stores revisions, activations, policy bundles, replicas and quarantined targets."""

    dsn: str = field(repr=False)
    keyring: Keyring
    timeout_s: float = 5.0

    def __post_init__(self) -> None:
        self._pool: asyncpg.Pool | None = None
        self._revisions, self._activations = Authority("revision", self.keyring), Authority("activation", self.keyring)
        self._quarantine, self._clearances = Authority("quarantine", self.keyring), Authority("clearance", self.keyring)

    async def start(self) -> None:
        """Create the pool and reach the database once.

        Raises:
            ConfigurationError: the database has no registry yet.
            RegistryUnavailableError: it cannot be reached, or the login may not act as the registry role.

        """
        with database.raising(RegistryUnavailableError):
            self._pool = await database.pool(self.dsn, database.REGISTRY, timeout_s=self.timeout_s)
            try:
                await self._pool.fetchval("SELECT 1 FROM registry.activation LIMIT 1")
            except _NO_SCHEMA as error:
                raise ConfigurationError("the database has no registry yet; run: compliance-proxy migrate") from error

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def active(self) -> Stored | None:
        """Return the revision in force, None before the first.

        Raises:
            ConfigurationError: the stored document does not match its revision.
            RegistryUnavailableError: the database cannot be reached.

        """
        with database.raising(RegistryUnavailableError):
            async with self._connected.acquire() as connection:
                name = await self._in_force(connection)
                row = await self._revisions.of(connection, name) if name is not None else None
        return await _stored(row) if row is not None else None

    async def active_revision(self) -> str | None:
        """Return the name of the revision in force, None before the first."""
        with database.raising(RegistryUnavailableError):
            async with self._connected.acquire() as connection:
                return await self._in_force(connection)

    async def get(self, revision: str) -> Stored | None:
        """Return a revision, None if nobody who has the master key stored it; errors as ``active``."""
        with database.raising(RegistryUnavailableError):
            async with self._connected.acquire() as connection:
                row = await self._revisions.of(connection, revision)
        return await _stored(row) if row is not None else None

    async def matching(self, prefix: str) -> str:
        """Return the only revision with this prefix.

        Raises:
            ConfigurationError: there is none, or more than one.

        """
        if not _PREFIX.fullmatch(prefix):
            raise ConfigurationError(f"'{prefix}' is not a revision: one consists of up to 20 hex digits")
        with database.raising(RegistryUnavailableError):
            rows = await self._connected.fetch(_SQL["matching"], prefix)
        if len(rows) != 1:
            raise ConfigurationError(f"{'several revisions begin' if rows else 'no revision begins'} with '{prefix}'")
        return str(rows[0]["revision"])

    async def history(self, limit: int = 50) -> tuple[HistoryEntry, ...]:
        """Return revisions, last created or activated first."""
        with database.raising(RegistryUnavailableError):
            rows = await self._connected.fetch(_SQL["history"], limit)
        return tuple(HistoryEntry(**dict(row)) for row in rows)

    async def put(
        self,
        documents: Mapping[str, Any],
        *,
        by: str,
        base: str | None,
        comment: str = "",
        activate: bool = True,
        evidence: str = "",
    ) -> Stored:
        """Add a revision and activate it, in one transaction; an equal document keeps its revision and its evidence.

        ``base`` is the revision in force that the change is based on, None for the first.

        Raises:
            ConfigurationError: the document is not valid; nothing is stored.
            SecondPersonError: it would come into force and changes a sensitive path; nothing is stored.
            RegistryConflictError: another revision has come into force.
            RegistryUnavailableError: the database cannot be reached.

        """
        checked, text = await asyncio.to_thread(storable, documents)
        comment = _comment(comment)
        with database.raising(RegistryUnavailableError):
            async with self._connected.acquire() as connection, connection.transaction():
                seq = await self._agreed(connection, base)
                if activate:
                    await self._check_one_person(connection, base, checked.plain)
                new = await connection.execute(_SQL["add"], checked.revision, base, by, comment, evidence, text)
                if new.endswith(" 1"):
                    meant = {
                        "parent": base, "made_by": by, "comment": comment, "evidence": evidence, "document": text,
                    }  # fmt: skip
                    await self._revisions.prove(connection, checked.revision, meant)
                row = await self._proven(connection, checked.revision)
                if activate and checked.revision != base:
                    await self._activate(connection, seq + 1, checked.revision, by)
        return await _stored(row)

    async def activate(
        self, revision: str, *, by: str, base: str | None, may_be_author: Callable[[str], bool]
    ) -> Stored:
        """Activate a stored revision. ``may_be_author`` says whether ``by`` may be the author of a revision.

        Raises:
            as ``put``; ConfigurationError: there is no such revision.

        """
        with database.raising(RegistryUnavailableError):
            async with self._connected.acquire() as connection, connection.transaction():
                seq = await self._agreed(connection, base)
                stored = await _stored(await self._proven(connection, revision))
                if may_be_author(stored.made_by):
                    await self._check_one_person(connection, base, stored.documents)
                if revision != base:
                    await self._activate(connection, seq + 1, revision, by)
        return stored

    async def bundle(self, revision: str) -> bytes | None:
        """Return the policy bundle of a revision, None if it is not archived."""
        with database.raising(RegistryUnavailableError):
            packed = await self._connected.fetchval(BUNDLE, revision)
        return bytes(packed) if packed is not None else None

    async def kept_bundles(self, limit: int) -> tuple[KeptBundle, ...]:
        """Return the policy bundles that were in force, newest first."""
        with database.raising(RegistryUnavailableError):
            return tuple(KeptBundle(**dict(row)) for row in await self._connected.fetch(_SQL["kept"], limit))

    async def missing_bundles(self, revisions: Iterable[str]) -> frozenset[str]:
        """Return those of these revisions whose bundle is not archived yet."""
        names = frozenset(revisions)
        with database.raising(RegistryUnavailableError):
            rows = await self._connected.fetch(_SQL["bundles"], list(names))
        return names - {row["revision"] for row in rows}

    async def keep_bundle(self, revision: str, packed: bytes) -> bool:
        """Archive a policy bundle; return whether it is new."""
        with database.raising(RegistryUnavailableError):
            return str(await self._connected.execute(_SQL["keep"], revision, packed)) == "INSERT 0 1"

    async def replicas(self) -> tuple[Replica, ...]:
        """Return the reports of all live proxy processes."""
        with database.raising(RegistryUnavailableError):
            rows = await self._connected.fetch(_SQL["replicas"], SILENT)
        return tuple(Replica(**dict(row)) for row in rows)

    async def usage(self) -> tuple[CounterState, ...]:
        """Return what is taken from limits and budgets in the windows that run now."""
        with database.raising(RegistryUnavailableError):
            rows = await self._connected.fetch(_SQL["usage"])
        return tuple(_counter(row) for row in rows)

    async def report(self, replica: Replica) -> None:
        """Store a process's report, and delete those that have long been silent."""
        with database.raising(RegistryUnavailableError):
            async with self._connected.acquire() as connection:
                await connection.execute(
                    _SQL["seen"], replica.writer, replica.host, replica.pid, replica.started_at,
                    replica.policy_revision, replica.policy_digest, replica.data_revision,
                    replica.registry_revision, replica.engine, replica.refused,
                )  # fmt: skip
                await connection.execute(_SQL["forget"], 2 * SILENT)

    async def withdraw(self, writer: str) -> None:
        """Delete the report of a process that ends."""
        with database.raising(RegistryUnavailableError):
            await self._connected.execute(_SQL["left"], writer)

    async def quarantined(self) -> tuple[Quarantined, ...]:
        """Return the targets in quarantine."""
        with database.raising(RegistryUnavailableError):
            async with self._connected.acquire() as connection:
                ended = await connection.fetch(self._clearances.rows)
                rows = await connection.fetch(f"{self._quarantine.rows} ORDER BY q.target")
        cleared = {row["id"] for row in ended if self._clearances.proven(row)}
        quarantined = (row for row in rows if self._quarantine.proven(row) and row["id"] not in cleared)
        return tuple(Quarantined(row["target"], row["reported"], row["since"]) for row in quarantined)

    async def quarantine(self, target: str, reported: str) -> None:
        """Put a target into quarantine; an existing entry stays as it is."""
        with database.raising(RegistryUnavailableError):
            async with self._connected.acquire() as connection, connection.transaction():
                identity = await connection.fetchval(_SQL["quarantine"], target, reported)
                if identity is not None:
                    await self._quarantine.prove(connection, identity, {"target": target, "reported": reported})

    async def clear(self, target: str, by: str) -> bool:
        """Remove a target from quarantine; return whether it was in it."""
        with database.raising(RegistryUnavailableError):
            async with self._connected.acquire() as connection, connection.transaction():
                rows = await connection.fetch(_SQL["clear"], target, by)
                for row in rows:
                    await self._clearances.prove(connection, row["id"], {"target": target, "cleared_by": by})
        return bool(rows)

    async def _in_force(self, connection: Any) -> str | None:
        """Return the revision of the last activation that is proven, as the revision is; None before the first."""
        for row in await connection.fetch(f"{self._activations.rows} ORDER BY a.seq DESC"):
            if self._activations.proven(row) and await self._revisions.of(connection, row["revision"]) is not None:
                return str(row["revision"])
        return None

    async def _agreed(self, connection: Any, base: str | None) -> int:
        """Return the number of the last activation; refuse a change whose base is not in force.

        Raises:
            RegistryConflictError: see there.

        """
        last = await connection.fetchrow(HEAD)
        current = await self._in_force(connection)
        if current != base:
            raise _conflict(base, current)
        return int(last["seq"]) if last is not None else 0

    async def _proven(self, connection: Any, revision: str) -> Any:
        row = await self._revisions.of(connection, revision)
        if row is None:
            raise ConfigurationError(f"no revision {revision} is stored by who has the master key")
        return row

    async def _check_one_person(self, connection: Any, base: str | None, after: Mapping[str, Any]) -> None:
        """Refuse a change to ``base`` that needs two people; the first registry needs only one."""
        if base is not None:
            before = await _stored(await self._proven(connection, base))
            await asyncio.to_thread(sensitive.check, before.documents, after)

    async def _activate(self, connection: Any, seq: int, revision: str, by: str) -> None:
        """Add an activation; of two concurrent ones with the same number one is refused, so that no change is lost."""
        try:
            await connection.execute(_SQL["activate"], seq, revision, by)
        except asyncpg.UniqueViolationError as error:
            raise _conflict(None, None) from error
        await self._activations.prove(connection, str(seq), {"revision": revision, "activated_by": by})

    @property
    def _connected(self) -> asyncpg.Pool:
        if self._pool is None:
            raise RegistryUnavailableError
        return self._pool


def _conflict(base: str | None, current: str | None) -> RegistryConflictError:
    if current is None and base is None:
        return RegistryConflictError("the registry was changed concurrently: read it again, then repeat the change")
    return RegistryConflictError(
        f"the change is based on {base or 'an empty registry'}, but {current or 'nothing'} is now in force: "
        "read it again, then repeat the change"
    )


def storable(documents: Mapping[str, Any]) -> tuple[catalog_documents.Documents, str]:
    """Return the validated document and its text. Slow for thousands of targets: call it in a thread.

    Raises:
        ConfigurationError: it is not valid, or contains a revision.

    """
    checked = catalog_documents.check(documents)
    if checked.registry.revision is not None:
        raise ConfigurationError("revision: leave it out; the database names revisions by their content")
    return checked, orjson.dumps(checked.plain).decode()


def _comment(text: str) -> str:
    if "\0" in text or len(text) > _LONGEST_COMMENT:
        raise ConfigurationError(f"a comment is text of at most {_LONGEST_COMMENT} characters")
    return text


async def _stored(row: Any) -> Stored:
    return await asyncio.to_thread(_read, row)


def _read(row: Any) -> Stored:
    documents = orjson.loads(row["document"])
    if catalog_documents.revision_of(documents) != row["id"]:
        raise ConfigurationError(f"the stored registry {row['id']} does not match its revision")
    return Stored(row["id"], row["parent"], row["made_at"], row["made_by"], row["comment"], documents, row["evidence"])
