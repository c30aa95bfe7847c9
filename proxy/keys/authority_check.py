"""Compares the rows that the product obeys with their proofs, and with what the log says must be there.

A row without a proof is named; so is one that the log speaks of and the database no longer has, or has as it was:
a removed restriction or hold, a revoked key that is valid again, a cleared quarantine, an older registry. Each running
process states in the log how often rows that change were proven: one with fewer was put back with its proof of then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, LiteralString, NamedTuple

import asyncpg
import orjson

from proxy.core.keyring import Keyring
from proxy.errors import AuditUnavailableError
from proxy.keys.authority import KINDS, STATEMENTS, Authority
from proxy.ports import EventLog
from proxy.runtime import database
from proxy.runtime.log import logger

_EVERY_S = 60.0
_OVERLAP = timedelta(days=1)
#: How long what an event tells may take to reach its table.
_GRACE = timedelta(seconds=30)
#: Event -> kind of row, where the event names it, and the columns that are filled since.
_TELLS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "subject_restricted": ("restriction", "restriction", ()),
    "hold_requested": ("hold", "hold", ()),
    "hold_placed": ("hold", "hold", ("in_force",)),
    "key_revoked": ("api_key", "key_id", ("revoked",)),
    "break_glass_revoked": ("grant", "grant", ("revoked",)),
}
_STAY = {"restriction", "hold"}  # their rows are never deleted
_QUARANTINED, _CLEARED, _REGISTRY = "target_quarantined", "target_cleared", "registry_changed"
_STATED = "authority_stated"
_EVENTS = (*_TELLS, _QUARANTINED, _CLEARED, _REGISTRY, _STATED)
_CHANGING = ("api_key", "grant", "hold", "restriction", "schedule")
_AT_ONCE = 500  # rows of one event
_OUTBOX = "the erasure {} in the outbox was requested by nobody who has the master key; it is not recorded"


@dataclass(slots=True)
class _Log:
    """What the log says must be there."""

    rows: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # kind and id -> columns that are filled
    targets: set[str] = field(default_factory=set)  # in quarantine
    registry: tuple[str, datetime] | None = None  # the last revision that came into force, and when that was recorded
    generations: dict[str, int] = field(default_factory=dict)  # "kind id" -> how often it was proven, as stated

    def take(self, row: Mapping[str, Any]) -> None:
        """Take in an event, in order of time."""
        facts, action = orjson.loads(row["facts"] or b"{}"), row["action"]
        if action in _TELLS:
            kind, name, columns = _TELLS[action]
            self.rows.setdefault((kind, str(facts.get(name))), set()).update(columns)
        elif action == _QUARANTINED:
            self.targets.add(str(facts.get("target")))
        elif action == _CLEARED:
            self.targets.discard(str(facts.get("target")))
        elif action == _STATED:
            self.take_generations(facts.get("generations", {}))
        elif facts.get("active"):
            self.registry = str(facts.get("revision")), row["recorded_at"]

    def take_generations(self, stated: Mapping[str, int]) -> None:
        """Take in what was stated."""
        for name, generation in stated.items():
            self.generations[name] = max(generation, self.generations.get(name, 0))


class Compared(NamedTuple):
    """Sentences about rows: ``unproven`` are not obeyed; ``missing`` ones the log says are in force.

    ``unstated`` are generations of rows ("kind id") that the log has lower, or not.
    """

    unproven: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unstated: Mapping[str, int] = MappingProxyType({})


@dataclass(eq=False)
class AuthorityCheck:
    """Compares again and again; ``last`` is what came of it, and ``events`` take what the log lacks."""

    dsn: str = field(repr=False)
    keys: Keyring = field(repr=False)
    events: EventLog | None = None
    last: Compared = field(default_factory=Compared)
    _log: _Log = field(default_factory=_Log)
    _since: date = date(2000, 1, 1)  # days of the log before it are read

    async def run(self) -> None:
        """Compare every minute, for ever."""
        while True:
            await asyncio.sleep(_EVERY_S)
            await self.compare()

    async def compare(self) -> None:
        """Compare now, and state what the log lacks; while the database does not answer, what was found stays."""
        try:
            self.last = await self.once()
            await self._state(self.last.unstated)
        except (*database.UNAVAILABLE, asyncpg.PostgresError, AuditUnavailableError) as error:
            logger().warning("authority_not_compared", error=type(error).__name__)
        for sentence in (*self.last.unproven, *self.last.missing):
            logger().error("authority_refused", detail=sentence)

    async def _state(self, generations: Mapping[str, int]) -> None:
        if self.events is None:
            return
        rows = sorted(generations.items())
        for some in (dict(rows[start : start + _AT_ONCE]) for start in range(0, len(rows), _AT_ONCE)):
            await self.events.event_durable(_STATED, {"generations": some})
            self._log.take_generations(some)

    async def ready(self) -> bool:
        """Whether all that the log says is in force is in the database."""
        return not self.last.missing

    async def once(self, kinds: Collection[str] = tuple(KINDS)) -> Compared:
        """Compare the rows of these kinds.

        Raises:
            asyncpg.PostgresError, or one of ``database.UNAVAILABLE``.

        """
        now = datetime.now(UTC)
        async with _reading(self.dsn) as read:
            for row in await read(database.READER, STATEMENTS["events"], _EVENTS, self._since):
                if row["action"] == _STATED or now - row["recorded_at"] >= _GRACE:
                    self._log.take(row)
            self._since = (now - _OVERLAP).date()
            rows = {kind: await read(KINDS[kind][0], STATEMENTS[kind]) for kind in kinds}
            events = await read(database.READER, STATEMENTS["outbox"]) if "request" in kinds else ()
        proven = {kind: [row for row in rows[kind] if Authority(kind, self.keys).proven(row)] for kind in kinds}
        unproven = tuple(
            f"{KINDS[kind][1]} {row['id']} was not made by a holder of the master key; it is not obeyed"
            for kind in kinds for row in rows[kind] if row not in proven[kind]
        )  # fmt: skip
        asked = {(row["id"], row["tenant"]) for row in proven.get("request", ())}
        nobodys = tuple(_OUTBOX.format(row["id"]) for row in events if (row["request"], row["tenant"]) not in asked)
        changing = {f"{kind} {row['id']}": row["generation"] for kind in _CHANGING for row in proven.get(kind, ())}
        unstated = {name: number for name, number in changing.items() if number > self._log.generations.get(name, 0)}
        missing = (*self._put_back(changing, kinds), *self._missing(proven), *self._ended(proven))
        return Compared((*unproven, *nobodys), tuple(dict.fromkeys(missing)), unstated)

    def _put_back(self, generations: Mapping[str, int], kinds: Collection[str]) -> Iterator[str]:
        for name, stated in self._log.generations.items():
            kind, _, identity = name.partition(" ")
            if name not in generations and kind in _STAY and kind in kinds:
                yield f"{KINDS[kind][1]} {identity} is in the log, and was removed from the database"
            elif generations.get(name, stated) < stated:
                yield f"{KINDS[kind][1]} {identity} is as it was before it was last changed"

    def _missing(self, proven: Mapping[str, Sequence[Any]]) -> Iterator[str]:
        for (kind, identity), columns in self._log.rows.items():
            row = next((row for row in proven.get(kind, ()) if row["id"] == identity), None)
            if row is None and kind in proven and kind in _STAY:
                yield f"{KINDS[kind][1]} {identity} is in the log, and was removed from the database"
            elif row is not None and any(row[name] is None for name in columns):
                yield f"{KINDS[kind][1]} {identity} is as it was before the log's last word"

    def _ended(self, proven: Mapping[str, Sequence[Any]]) -> Iterator[str]:
        cleared = {row["id"] for row in proven.get("clearance", ())}
        quarantined = {row["target"] for row in proven.get("quarantine", ()) if row["id"] not in cleared}
        for target in sorted(self._log.targets - quarantined) if "quarantine" in proven else ():
            yield f"the quarantine of {target} is in the log, and was removed from the database"
        if "activation" in proven and self._log.registry is not None:
            revision, at = self._log.registry
            last = max(proven["activation"], key=lambda row: row["seq"], default=None)
            if last is None or (last["revision"] != revision and last["activated_at"] < at - _GRACE):
                yield f"the registry's revision {revision} is in force in the log, and not in the database"


async def against(dsn: str, keys: Keyring, kinds: Collection[str]) -> tuple[str, ...]:
    """Return all that is wrong with rows of these kinds; errors as ``AuthorityCheck.once``."""
    compared = await AuthorityCheck(dsn, keys).once(kinds)
    return (*compared.unproven, *compared.missing)


@asynccontextmanager
async def _reading(dsn: str) -> AsyncIterator[Callable[..., Awaitable[Sequence[asyncpg.Record]]]]:
    """Yield what fetches rows as a role: one connection for each, which end with this."""
    async with AsyncExitStack() as opened:
        connections: dict[str, asyncpg.Connection] = {}

        async def fetched(role: LiteralString, statement: str, *arguments: Any) -> Sequence[asyncpg.Record]:
            if role not in connections:
                connections[role] = await database.connect(dsn, role, writes=False)  # a standby can be verified, too
                opened.push_async_callback(connections[role].close)
            rows: Sequence[asyncpg.Record] = await connections[role].fetch(statement, *arguments)
            return rows

        yield fetched
