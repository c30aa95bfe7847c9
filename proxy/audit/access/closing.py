"""Makes parts: what stretches of the log under notes make, derived once, signed, kept for whoever asks (``parts``)."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg
import orjson

from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification import parts
from proxy.audit.verification.parts import Part, PartContents, RecordCount
from proxy.audit.verification.reading import EvidenceDamagedError, EvidenceReading, LogReading
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


@dataclass(eq=False)
class PartCloser:
    """Makes parts in the background of a process that may read the log and holds the signing key."""

    dsn: str = field(repr=False)
    signing: AuditSigningKey = field(repr=False)
    period_s: float = 30.0

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
            stretch = await reading.between(due.first, await reading.behind(due.before), due.end)
            roots = (await reading.grown(due.first)).root, (await reading.grown(due.end)).root
            return await asyncio.to_thread(self._part, due, stretch, roots)

    def _part(self, due: _Due, stretch: EvidenceReading, roots: tuple[bytes, bytes]) -> tuple[Part, PartContents]:
        derived, read = stretch.derivation, stretch.report
        rows, left_out, taken_up = len(derived.exchanges), derived.left_out, {}
        first, start, counted = due.first, roots[0], RecordCount(read.records, read.purged).with_others([stretch.span])
        if due.before is not None and due.before.rows < _FULL:
            before = due.before
            first, start, taken_up = before.first, before.start, parts.files().tables([before])
            rows, left_out, counted = rows + before.rows, left_out + before.left_out, counted.with_others([before.read])
        tables = (("exchange", derived.exchanges), ("event", derived.events))
        exchange, event = (parts.packed(name, rows_made, *taken_up.get(name, ())) for name, rows_made in tables)
        contents = PartContents(exchange, event, zlib.compress(orjson.dumps(derived.state())))
        part = Part(
            first, due.end, start, roots[1], rows, counted.records, counted.hidden, left_out, counted.first_at,
            counted.last_at, contents.digests,
        )  # fmt: skip
        return part._replace(signature=self.signing.sign(part.text(self.signing.origin))), contents


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
