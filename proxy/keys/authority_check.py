"""Compares the rows that the product obeys with their proofs, and with what the log says must be there.

A row without a proof is named; so is one that the log speaks of and the database no longer has, or has as it was:
a removed restriction or hold, a revoked key that is valid again, a cleared quarantine, an older registry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString, NamedTuple

import asyncpg
import orjson

from proxy.core.keyring import Keyring
from proxy.keys.authority import KINDS, STATEMENTS, Authority
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
_EVENTS = (*_TELLS, _QUARANTINED, _CLEARED, _REGISTRY)


@dataclass(slots=True)
class _Log:
    """What the log says must be there."""

    rows: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # kind and id -> columns that are filled
    targets: set[str] = field(default_factory=set)  # in quarantine
    registry: tuple[str, datetime] | None = None  # the last revision that came into force, and when that was recorded

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
        elif facts.get("active"):
            self.registry = str(facts.get("revision")), row["recorded_at"]


class Compared(NamedTuple):
    """Sentences about rows: ``unproven`` are not obeyed; ``missing`` ones the log says are in force."""

    unproven: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(eq=False)
class AuthorityCheck:
    """Compares again and again; ``last`` is what came of it."""

    dsn: str = field(repr=False)
    keys: Keyring = field(repr=False)
    last: Compared = field(default_factory=Compared)
    _log: _Log = field(default_factory=_Log)
    _since: date = date(2000, 1, 1)  # days of the log before it are read

    async def run(self) -> None:
        """Compare every minute, for ever."""
        while True:
            await asyncio.sleep(_EVERY_S)
            await self.compare()

    async def compare(self) -> None:
        """Compare now; while the database does not answer, what was found stays."""
        try:
            self.last = await self.once()
        except (*database.UNAVAILABLE, asyncpg.PostgresError) as error:
            logger().warning("authority_not_compared", error=type(error).__name__)
        for sentence in (*self.last.unproven, *self.last.missing):
            logger().error("authority_refused", detail=sentence)

    async def ready(self) -> bool:
        """Whether all that the log says is in force is in the database."""
        return not self.last.missing

    async def once(self, kinds: Collection[str] = tuple(KINDS)) -> Compared:
        """Compare the rows of these kinds.

        Raises:
            asyncpg.PostgresError, or one of ``database.UNAVAILABLE``.

        """
        now = datetime.now(UTC)
        for row in await _fetched(self.dsn, database.READER, STATEMENTS["events"], _EVENTS, self._since):
            if now - row["recorded_at"] >= _GRACE:
                self._log.take(row)
        self._since = (now - _OVERLAP).date()
        rows = {kind: await _fetched(self.dsn, KINDS[kind][0], STATEMENTS[kind]) for kind in kinds}
        proven = {kind: [row for row in rows[kind] if Authority(kind, self.keys).proven(row)] for kind in kinds}
        unproven = (
            f"{KINDS[kind][1]} {row['id']} is nobody's who has the master key; it is not obeyed"
            for kind in kinds for row in rows[kind] if row not in proven[kind]
        )  # fmt: skip
        return Compared(tuple(unproven), (*self._missing(proven), *self._ended(proven)))

    def _missing(self, proven: Mapping[str, Sequence[Any]]) -> Iterator[str]:
        for (kind, identity), columns in self._log.rows.items():
            row = next((row for row in proven.get(kind, ()) if row["id"] == identity), None)
            if row is None and kind in proven and kind in _STAY:
                yield f"{KINDS[kind][1]} {identity} is in the log, and was removed from the database"
            elif row is not None and any(row[name] is None for name in columns):
                yield f"{KINDS[kind][1]} {identity} is as it was before the log's last word"

    def _ended(self, proven: Mapping[str, Sequence[Any]]) -> Iterator[str]:
        cleared = {row["id"] for row in proven.get("clearance", ())}
        held = {row["target"] for row in proven.get("quarantine", ()) if row["id"] not in cleared}
        for target in sorted(self._log.targets - held) if "quarantine" in proven else ():
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


async def _fetched(dsn: str, role: LiteralString, statement: str, *arguments: Any) -> Sequence[asyncpg.Record]:
    connection = await database.connect(dsn, role)
    try:
        rows: Sequence[asyncpg.Record] = await connection.fetch(statement, *arguments)
    finally:
        await connection.close()
    return rows
