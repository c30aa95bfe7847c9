"""Verifies what the log holds beyond a note that was verified before, and that it continues that note.

Read are the records under later seals, or under none, the log from there on, and a tile of each level. Not read are the
records under the seals that the note covers, and those seals themselves: whether any of them was changed or removed
since, only a verification of the whole log says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import asyncpg

from proxy.audit.records import answers
from proxy.audit.records.packing import unpacked
from proxy.audit.records.record import Head, instant, microseconds
from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.sealing.seal import Batch
from proxy.audit.sealing.tree import Growing
from proxy.audit.sealing.tree_proof import perfect_ranges
from proxy.audit.upkeep.log_tree import LogGapError, LogTree
from proxy.audit.verification import structure
from proxy.audit.verification.chain_check import ChainCheck
from proxy.audit.verification.findings import VerificationReport
from proxy.audit.verification.seal_check import SealCheck
from proxy.audit.verification.stored_record import StoredRecord
from proxy.audit.verification.tree_check import TreeCheck
from proxy.audit.verification.verify import NO_END, Verification
from proxy.audit.writing.session import STATEMENTS
from proxy.runtime import database

_AT_ONCE = 5_000  # exchanges that are asked for in one statement


async def verify_since(
    connection: asyncpg.Connection, trusted: VerifierKey, before: str, anchor: Sequence[str] = ()
) -> VerificationReport:
    """Verify what came after the signed note ``before``, on a connection that acts as the reader.

    Lines of an anchor count from the note's size on; the note itself counts as one.

    Raises:
        ConfigurationError: the login does not read the whole log.

    """
    await database.require_all(connection)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(structure.STATEMENTS["pinned"])  # whatever the database's owner set
        verification = VerificationSince(connection, VerificationReport(), trusted)
        async with verification.readable():
            await verification.keys()
            if await verification.continues(before):
                await verification.certificates()
                await verification.chains()
                await verification.purges()
                await verification.tree([notes.anchor_line(before), *anchor])
                await verification.exchanges()
            await verification.readings()
            await verification.bundles()
        await verification.structure()
    return verification.report


@dataclass
class VerificationSince(Verification):
    """One verification in the making. ``_start`` is the log that was verified before."""

    _start: Growing = field(default_factory=Growing)
    _heads: dict[str, Head] = field(default_factory=dict)  # where each chain goes on
    _before: dict[str, int] = field(default_factory=dict)  # how far each chain was verified before
    _openings_of: dict[str, Any] = field(default_factory=dict)
    _stated: dict[str, set[answers.Key]] = field(default_factory=lambda: defaultdict(set))  # answers, by chain
    _since: datetime | None = None  # when the newest seal ended that the note covers
    _sealed: list[tuple[int | None, Batch]] = field(default_factory=list)  # what was sealed since, with its leaf
    _seen: set[tuple[date, str]] = field(default_factory=set)  # exchanges of which something is new, and their days

    async def continues(self, before: str) -> bool:
        """Whether the log begins with what a note says."""
        note = self._keys.note(before) if self._keys is not None else None
        if note is None:
            self._say("", 0, "checkpoint", "the trusted note is not signed by this installation's key")
            return False
        size = self.report.trusted = note[0].size
        stored_size = await self.connection.fetchval(STATEMENTS["listed_size"])
        if stored_size < size:
            what = f"the log holds {stored_size} seals, and {size} were signed: its newest records are gone"
            self._say("", 0, "checkpoint", what)
            return False
        try:
            peaks = await LogTree(self.connection, note[1].key.origin).roots(perfect_ranges(size))
        except LogGapError as error:
            self._say("", 0, "checkpoint", str(error))
            return False
        self._start = Growing(size, list(peaks))
        if self._start.root != note[0].root:
            self._say("", 0, "checkpoint", f"checkpoint {size} is not the one that was anchored")
        return self._start.root == note[0].root

    async def chains(self) -> None:
        """Follow every chain from where the note left it."""
        self._since = await self.connection.fetchval(STATEMENTS["sealed_until"], self._start.size)
        rows = await self._chains_read()
        self._heads = {row["writer"]: Head(row["seq"], row["head"]) for row in rows if row["head"] is not None}
        self._before = {writer: head.seq for writer, head in self._heads.items()}
        for position in self._purged.places:
            self._covered[position] = position[0] in self._heads and position[1] <= self._heads[position[0]].seq
        writers = [row["writer"] for row in rows if row["beyond"]]
        openings = await self.connection.fetch(STATEMENTS["opening_records"], writers)
        self._openings_of = {row["writer"]: row for row in openings}
        self._heads = {writer: self._heads.get(writer, Head(0, b"")) for writer in writers}
        places = writers, [self._heads[writer].seq for writer in writers]
        for row in await self.connection.fetch(STATEMENTS["stated_before"], *places, self._since):
            at = microseconds(row["recorded_at"])
            self._stated[row["writer"]].add(answers.key(row["tenant"], at, row["target"]))
        await self._follow()
        await self._missing(self._start.size)

    async def _chains_read(self) -> Sequence[Mapping[str, Any]]:
        """Return the chains, how far each was verified before, and whether it goes on from there."""
        rows: list[asyncpg.Record] = await self.connection.fetch(STATEMENTS["chains_since"], self._start.size)
        return rows

    def _copied(self) -> tuple[Any, ...]:
        places, ends = [head.seq for head in self._heads.values()], [NO_END] * len(self._heads)
        return STATEMENTS["verify_rows_since"], list(self._heads), places, ends

    def _begun(self, writer: str) -> tuple[ChainCheck, SealCheck | None]:
        head, opening = self._heads[writer], self._openings_of.get(writer)
        chain, seals = super()._begun(writer)
        if not head.seq:
            return chain, seals
        if seals is not None:
            if opening is not None:
                seals.opens(unpacked(opening["content"]))
            seals.continue_after(head.seq, seals.certificate)
        return ChainCheck(writer, head, self._stated[writer]), seals

    def _keep(self, record: StoredRecord) -> None:
        super()._keep(record)
        if record.exchange:
            self._seen.add((record.date, record.exchange))
        if record.seal is not None:
            self._sealed.append((record.leaf, record.seal.batch))

    def _hashed(self, purge: str) -> bool:
        """Whether the certificate of a purge is new: of others only the number of records is compared."""
        places = (certificate.position for certificate in self._purged.certificates.get(purge, ()))
        return any(position[1] > self._before.get(position[0], 0) for position in places)

    async def tree(self, anchor: Sequence[str]) -> None:
        """Check the log from the note on, and how far it is witnessed."""
        if self._keys is None:
            return
        size = self._start.size
        about = [line for line in anchor if not 0 < notes.line_size(line) < size]
        signed = await self._notes(size)
        check = TreeCheck(self._keys, signed, about, self._start, self._peaks)
        async for _ in self._grown(check, size):
            pass
        self._report_keys(check, signed)
        await self._openings()
        under = [seal for leaf, seal in self._sealed if leaf is not None and leaf < check.witnessed]
        self.report.witnessed_to = instant(max(seal.last_at for seal in under)) if under else self._since
        tail = [seal for leaf, seal in self._sealed if leaf is None or leaf >= check.witnessed]
        self.report.tail = sum(seal.last_seq - seal.first_seq + 1 for seal in tail)
        self.report.tail_since = instant(min(seal.first_at for seal in tail)) if tail else None

    async def _unsettled(self) -> Mapping[str, tuple[int, int]]:
        rows = await self.connection.fetch(STATEMENTS["open_since"], self._since)
        return {row["writer"]: (row["seq"], row["exchanges"]) for row in rows}

    def _asked(self) -> Iterable[tuple[Sequence[str] | None, Sequence[date]]]:
        seen = sorted(self._seen)
        some = (seen[start : start + _AT_ONCE] for start in range(0, len(seen), _AT_ONCE))
        return [([exchange for _, exchange in part], sorted({day for day, _ in part})) for part in some]
