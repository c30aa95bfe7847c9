"""Recomputes every chain and looks for what must not be: altered, missing or doubled records.

Reads one consistent snapshot as the reader role, row by row, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from proxy.audit.chain import Head, genesis, link
from proxy.audit.checkpoint import Promises, promises
from proxy.audit.record import Columns, beginning
from proxy.audit.session import STATEMENTS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PREFETCH = 2_000


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is wrong. ``seq`` is 0 where no single record is meant; ``what`` names the class.

    Classes: ``missing`` (a gap), ``link`` (prev), ``body``, ``hash``, ``column`` (a promoted column), ``order``,
    ``decision``, ``attempt``, ``outcome`` (not exactly one), ``protection``, ``checkpoint``.
    """

    writer: str
    seq: int
    what: str
    detail: str


@dataclass(slots=True)
class Report:
    """What was read and what is wrong. ``open`` exchanges belong to writers that live or await recovery."""

    records: int = 0
    writers: int = 0
    open: int = 0
    checkpoints: int = 0
    damages: list[Damage] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.damages


class ChainCheck:
    """Follows one writer's chain; keeps at most one damage per class, the first."""

    def __init__(self, writer: str) -> None:
        self.writer = writer
        self.head = genesis(writer)
        self.damages: dict[str, Damage] = {}
        self._suspect: tuple[int, bytes] | None = None  # a record whose hash differs, until the next one says why
        self._closed = False

    def feed(self, row: Mapping[str, Any]) -> None:
        """Check the next record in order of seq."""
        seq, prev, stored = row["seq"], row["prev"], row["hash"]
        body = row["body"].encode()
        if seq != self.head.seq + 1:
            self._say(self.head.seq + 1, "missing", f"records {self.head.seq + 1} to {seq - 1} are missing")
        elif self._suspect is not None or prev != self.head.hash:
            self._link(seq, prev)
        computed = link(prev, body)
        if computed != stored:
            self._suspect = (seq, computed)
        columns = _columns(row)
        if not body.startswith(beginning(columns)):
            self._say(seq, "column", f"differs from the body: {', '.join(_differing(columns, body)) or 'layout'}")
        self._place(seq, row)
        self.head = Head(seq, stored)

    def end(self) -> Iterable[Damage]:
        """Return what is wrong with the whole chain."""
        if self._suspect is not None:
            self._say(self._suspect[0], "body", "the body or the hash was altered")
            self._suspect = None
        return self.damages.values()

    def _link(self, seq: int, prev: bytes) -> None:
        """Say which side of a broken link was altered."""
        suspect, self._suspect = self._suspect, None
        if suspect is None:
            self._say(seq, "link", "does not follow from the record before it")
        elif prev == suspect[1]:
            self._say(suspect[0], "hash", "the stored hash was altered")
        elif prev == self.head.hash:
            self._say(suspect[0], "body", "the body was altered")
        else:
            self._say(suspect[0], "body", "the body was altered, and the next record does not follow from it")

    def _place(self, seq: int, row: Mapping[str, Any]) -> None:
        """A chain opens with its opening record and ends with its closing record."""
        opening = row["kind"] == "event" and row["action"] == "writer_started"
        if opening != (seq == 1):
            self._say(seq, "order", "the opening record is not where the chain begins")
        if self._closed:
            self._say(seq, "order", "follows the closing record")
        self._closed = row["kind"] == "event" and row["action"] == "writer_closed"

    def _say(self, seq: int, what: str, detail: str) -> None:
        self.damages.setdefault(what, Damage(self.writer, seq, what, detail))


def _columns(row: Mapping[str, Any]) -> Columns:
    at = (row["recorded_at"] - _EPOCH) // _MICROSECOND
    return Columns(
        at, row["kind"], row["exchange"], row["attempt"], row["tenant"], row["activity"], row["service"],
        row["action"], row["target"], row["status"], row["codes"], row["revision"], row["data_revision"],
    )  # fmt: skip


def _differing(columns: Columns, body: bytes) -> list[str]:
    try:
        said = orjson.loads(body)["columns"]
        return [name for name, value in columns._asdict().items() if said.get(name) != value]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return []


async def verify(
    connection: asyncpg.Connection, keys: Sequence[Ed25519PublicKey] = (), anchor: Sequence[str] = ()
) -> Report:
    """Verify the whole log on a connection that acts as the reader.

    With ``keys`` the signed checkpoints too, and against the lines of an anchor kept outside the database.
    """
    report = Report()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        promised = await promises(connection, keys, anchor) if keys else Promises()
        held = await _chains(connection, report, promised)
        report.checkpoints = promised.epoch
        report.damages.extend(Damage("", 0, "checkpoint", problem) for problem in promised.problems)
        report.damages.extend(
            Damage(writer, seq, "checkpoint", what) for writer, seq, what in promised.broken_by(report.heads, held)
        )
        await _once(connection, report)
        await _outcomes(connection, report)
        for row in await connection.fetch(STATEMENTS["verify_protection"]):
            report.damages.append(Damage("", 0, "protection", row["problem"]))
    return report


async def _chains(connection: asyncpg.Connection, report: Report, promised: Promises) -> dict[tuple[str, int], bytes]:
    """Follow every chain; return the hashes held at the places that checkpoints name."""
    held: dict[tuple[str, int], bytes] = {}
    check: ChainCheck | None = None
    async for row in connection.cursor(STATEMENTS["verify_rows"], prefetch=_PREFETCH):
        if check is None or row["writer"] != check.writer:
            _finish(check, report)
            check = ChainCheck(row["writer"])
            report.writers += 1
        check.feed(row)
        report.records += 1
        place = (row["writer"], row["seq"])
        if place in promised.stated:
            held[place] = row["hash"]
    _finish(check, report)
    return held


def _finish(check: ChainCheck | None, report: Report) -> None:
    if check is not None:
        report.damages.extend(check.end())
        report.heads[check.writer] = check.head


async def _once(connection: asyncpg.Connection, report: Report) -> None:
    """Exactly one decision, at most one outcome, and each attempt number at most once per exchange."""
    for row in await connection.fetch(STATEMENTS["verify_decisions"]):
        what = "decision" if row["decisions"] != 1 else "outcome"
        detail = f"exchange {row['exchange']} has {row['decisions']} decisions and {row['outcomes']} outcomes"
        report.damages.append(Damage(row["writer"], row["seq"], what, detail))
    for row in await connection.fetch(STATEMENTS["verify_attempts"]):
        detail = f"exchange {row['exchange']} has attempt {row['attempt']} more than once"
        report.damages.append(Damage(row["writer"], row["seq"], "attempt", detail))


async def _outcomes(connection: asyncpg.Connection, report: Report) -> None:
    """Every exchange has an outcome unless its writer lives or awaits recovery."""
    for row in await connection.fetch(STATEMENTS["verify_outcomes"]):
        if row["finished"] and not row["alive"]:
            detail = f"{row['exchanges']} exchanges have no outcome although their writer has ended"
            report.damages.append(Damage(row["writer"], row["seq"], "outcome", detail))
        else:
            report.open += row["exchanges"]
