"""Makes parts: what the newest leaves under a note make, derived once, signed, kept for whoever asks (``parts``)."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field, replace

import asyncpg

from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification import parts, reading
from proxy.audit.verification.parts import Part
from proxy.audit.verification.reading import EvidenceDamagedError, SealedEvidence
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import AuditUnavailableError
from proxy.runtime import database
from proxy.runtime.log import logger

#: A part is due with so many leaves, or with any after so many seconds.
_LEAVES, _AGE_S = 500, 600.0
#: A part of fewer exchanges than this is replaced by one that goes further.
_FULL = 20_000


@dataclass(eq=False)
class PartCloser:
    """Makes parts in the background of a process that may read the log and holds the signing key."""

    dsn: str = field(repr=False)
    signing: AuditSigningKey = field(repr=False)
    period_s: float = 30.0

    async def run(self) -> None:
        """Look periodically, for ever."""
        while True:
            await asyncio.sleep(self.period_s)
            try:
                await self.once()
            except (AuditUnavailableError, EvidenceDamagedError) as error:
                logger().warning("evidence_part_not_made", reason=str(error))

    async def once(self, *, least: int = _LEAVES) -> bool:
        """Make a part if one is due and nobody else is at it; return whether one was made.

        Raises:
            AuditUnavailableError: the database cannot be reached, or this login is no reader of the whole log.
            EvidenceDamagedError: the log is not what was sealed.

        """
        with database.raising(AuditUnavailableError):
            async with contextlib.AsyncExitStack() as stack:
                writer = await database.connect(self.dsn, database.WRITER)
                stack.callback(writer.terminate)
                if not _due(await writer.fetchrow(STATEMENTS["parts_end"]), least):
                    return False
                await stack.enter_async_context(writer.transaction())
                if not await writer.fetchval(STATEMENTS["take_parts_lock"]):
                    return False
                made = await self._made(stack)
                if made is None:
                    return False
                await writer.execute(STATEMENTS["drop_part"], made.first)
                await writer.execute(STATEMENTS["add_part"], *made)
        return True

    async def _made(self, stack: contextlib.AsyncExitStack) -> Part | None:
        reader = await database.connect(self.dsn, database.READER)
        stack.callback(reader.terminate)
        async with reader.transaction(isolation="repeatable_read", readonly=True):
            sealed = await reading.read(reader, self.signing.verifier, noted=True)
        return await asyncio.to_thread(self._part, sealed)

    def _part(self, sealed: SealedEvidence) -> Part | None:
        """Return the part behind those that stay; the last is taken up where it is not full. None before a note."""
        note = notes.opened(sealed.note or "", self.signing.verifier)
        if note is None:  # none yet, or the key before signed it
            return None
        kept = list(sealed.parts)
        last = kept.pop() if kept and parts.rows(kept[-1]) < _FULL else None
        first = kept[-1].end if kept else 0
        tables = parts.packed(replace(sealed, parts=()).tables, last)
        read = sealed.read._replace(records=sealed.read.records - sealed.unsealed)
        made = Part(first, note.size, note.root, *tables, parts.state(sealed.derived, read))
        return made._replace(signature=self.signing.sign(made.text(self.signing.origin)))


def _due(end: asyncpg.Record, least: int) -> bool:
    fresh = end["noted"] - end["size"]
    return bool(fresh >= least or (fresh > 0 and end["size"] and end["age"] >= _AGE_S))
