"""Makes parts: what stretches of the log under notes make, derived once, signed, kept for whoever asks (``parts``)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg

from proxy.audit.access import deriving
from proxy.audit.access.deriving import DerivedStretch, UnreadStretch
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification import parts
from proxy.audit.verification.parts import Part, PartContents
from proxy.audit.verification.reading import EvidenceDamagedError, LogReading
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import AuditUnavailableError
from proxy.runtime import database
from proxy.runtime.log import logger

#: A part is due with so many leaves or records, or with any after so many seconds.
_LEAVES, _MANY, _AGE_S = 500, 3_000, 600.0
#: So many records are derived at a time, or those under one note; a part of fewer exchanges is taken up into the next.
_RECORDS, _FULL = 12_000, 20_000


class _Due(NamedTuple):
    """A stretch of the log that no part holds: where it begins, behind which part, and where it ends."""

    first: int
    before: Part | None
    end: int

    @property
    def takes_up(self) -> bool:
        """Whether the part before is not full, so that the new one begins where that does."""
        return self.before is not None and self.before.rows < _FULL

    @property
    def stretch(self) -> UnreadStretch:
        """What is to be derived."""
        if self.before is None:
            return UnreadStretch(self.first, self.end)
        exchange, event, state = map(parts.files().path, self.before.digests)
        return UnreadStretch(self.first, self.end, state, (exchange, event) if self.takes_up else ())


@dataclass(eq=False)
class PartCloser:
    """Makes parts in the background of a process that may read the log and holds the signing key."""

    dsn: str = field(repr=False)
    signing: AuditSigningKey = field(repr=False)
    period_s: float = 30.0
    apart: bool = False  # derive in a process of low priority, so that requests do not wait for it

    async def run(self) -> None:
        """Look periodically, for ever; one after the other while there are any to be made."""
        while True:
            try:
                more = await self.once()
            except (AuditUnavailableError, EvidenceDamagedError) as error:
                logger().warning("evidence_part_not_made", reason=str(error))
                more = False
            await asyncio.sleep(0 if more else self.period_s)

    async def once(self, *, least: int = _LEAVES) -> bool:
        """Make a part if one is due and nobody else is at it; return whether one was made.

        Raises:
            AuditUnavailableError: the database cannot be reached, or this login is not a reader of the whole log.
            EvidenceDamagedError: the log is not what was sealed.

        """
        with database.raising(AuditUnavailableError):
            async with contextlib.AsyncExitStack() as stack:
                writer = await database.connect(self.dsn, database.WRITER)
                stack.callback(writer.terminate)
                await stack.enter_async_context(writer.transaction())
                if not await writer.fetchval(STATEMENTS["take_parts_lock"]):
                    return False
                reader = await database.connect(self.dsn, database.READER)
                stack.callback(reader.terminate)
                await stack.enter_async_context(reader.transaction(isolation="repeatable_read", readonly=True))
                closed_part = await self._closed_part(reader, least)
                if closed_part is None:
                    return False
                part, contents = closed_part
                await writer.execute(STATEMENTS["drop_parts"], part.first, part.end)
                await writer.execute(STATEMENTS["add_part"], *part, *contents)
        return True

    async def _closed_part(self, reader: asyncpg.Connection, least: int) -> tuple[Part, PartContents] | None:
        """Return the part that is due first; one that is not full is taken up and goes further."""
        reading = LogReading(reader, self.signing.verifier)
        async with reading.opened():
            due = await _due(reader, await reading.parts(), least)
            if due is None:
                return None
            if self.apart:
                derived = await deriving.apart(self.dsn, self.signing.verifier, due.stretch)
            else:
                derived = await deriving.derived(reading, due.stretch)
        return self._signed(due, derived), derived.contents

    def _signed(self, due: _Due, derived: DerivedStretch) -> Part:
        first, start, rows, left_out, counted = due.first, derived.start, derived.rows, derived.left_out, derived.read
        before = due.before
        if before is not None and before.root != start:
            raise EvidenceDamagedError("the log is damaged: it is not the one that its parts were made of")
        if before is not None and due.takes_up:
            first, start = before.first, before.start
            rows, left_out, counted = rows + before.rows, left_out + before.left_out, counted.with_others([before.read])
        part = Part(
            first, due.end, start, derived.root, rows, counted.records, counted.hidden, left_out, counted.first_at,
            counted.last_at, derived.contents.digests,
        )  # fmt: skip
        return part._replace(signature=self.signing.sign(part.text(self.signing.origin)))


async def _due(reader: asyncpg.Connection, kept: Sequence[Part], least: int) -> _Due | None:
    """Return the first stretch that no part holds, as far as one is made at a time; the newest only once it is long."""
    noted, before = await reader.fetchval(STATEMENTS["noted_size"]), None
    for part in kept:
        if part.first > (before.end if before is not None else 0):
            break
        before = part
    first = before.end if before is not None else 0
    end = min((part.first for part in kept if part.first > first), default=noted)
    late = await reader.fetchval(STATEMENTS["parts_late"], _AGE_S)
    if end <= first:
        return None
    is_short = end == noted and end - first < least and not late
    if is_short and await reader.fetchval(STATEMENTS["records_behind"], first) < _MANY:
        return None
    size = await reader.fetchval(STATEMENTS["part_end"], first, end, _RECORDS)
    return None if size is None else _Due(first, before, min(size, end))
