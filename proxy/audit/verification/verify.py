"""Recomputes every chain and looks for what must not be: altered, missing, doubled, forged or cut off records.

Reads one consistent snapshot as the reader role, record by record, and changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import asyncpg

from proxy.audit.sealing import seal
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.sealing.seal import BatchSeal
from proxy.audit.sealing.succession import Speaker, Succession
from proxy.audit.sealing.tree import HASH_BYTES, Growing
from proxy.audit.verification import structure
from proxy.audit.verification.chain_check import ChainCheck
from proxy.audit.verification.findings import Damage, KeyUse, VerificationReport
from proxy.audit.verification.parts import Part, PartContents
from proxy.audit.verification.purge_check import Purge, PurgeCheck, facts_of, hold_events
from proxy.audit.verification.record_stream import RecordStream
from proxy.audit.verification.seal_check import SealCheck
from proxy.audit.verification.stored_record import StoredRecord
from proxy.audit.verification.tile_check import TileCheck
from proxy.audit.verification.tree_check import TreeCheck
from proxy.audit.writing.session import STATEMENTS
from proxy.runtime import database

PREFETCH = 2_000
NO_END = 2**62
#: Records that are read in one step of the loop.
AT_ONCE = 20


async def verify(
    connection: asyncpg.Connection,
    trusted: VerifierKey | None = None,
    anchor: Sequence[str] = (),
    report: VerificationReport | None = None,
) -> VerificationReport:
    """Verify the whole log on a connection that acts as the reader.

    With ``trusted``, a key that is or was the installation's, also who wrote it, that nothing signed is missing, and
    against the lines of an anchor kept outside the database. ``report``: the one to fill, which says how far it is.

    Raises:
        ConfigurationError: the login does not read the whole log.

    """
    await database.require_all(connection)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(structure.STATEMENTS["pinned"])  # whatever the database's owner set
        verification = Verification(connection, report or VerificationReport(), trusted)
        async with verification.readable():
            await verification.keys()
            await verification.certificates()
            await verification.chains()
            await verification.purges()
            await verification.tree(anchor)
            await verification.parts()
            await verification.exchanges()
            await verification.readings()
            await verification.bundles()
        await verification.structure()
    return verification.report


@dataclass(slots=True)
class Verification:
    """One verification in the making."""

    connection: asyncpg.Connection
    report: VerificationReport
    trusted: VerifierKey | None
    end: int = NO_END  # of the log, as far as it is read
    _keys: Succession | None = None
    _certified: dict[str, Speaker] = field(default_factory=dict)  # writer -> whose certificate it has
    _purged: PurgeCheck = field(default_factory=PurgeCheck)
    _covered: dict[tuple[str, int], bool] = field(default_factory=dict)
    _peaks: dict[int, bytes] = field(default_factory=dict)  # beside each note
    _chain: ChainCheck | None = None  # of the writer whose records are being read
    _seals: SealCheck | None = None
    _open: dict[str, tuple[int, int]] = field(default_factory=dict)  # by writer: exchanges without outcome

    def _say(self, writer: str, seq: int, what: str, detail: str) -> None:
        self.report.damages.append(Damage(writer, seq, what, detail))

    @contextlib.asynccontextmanager
    async def readable(self) -> AsyncIterator[None]:
        """Name a table, a column or a right that is gone, instead of ending there."""
        try:
            async with self.connection.transaction():  # a savepoint
                yield
        except asyncpg.SyntaxOrAccessError as error:
            self._say("", 0, "unread", f"the log cannot be read: {error.args[0]}")

    @property
    def line(self) -> Succession | None:
        """The line of keys that the trusted one is of, once it was followed."""
        return self._keys

    async def keys(self) -> None:
        """Follow the line of keys that the trusted one is of."""
        if self.trusted is not None:
            self._keys = Succession.of(self.trusted, await self.connection.fetch(STATEMENTS["verify_keys"]))
            for problem in self._keys.problems:
                self._say("", 0, "key", problem)

    async def certificates(self) -> None:
        """Read which purges are certified, and which holds there were."""
        for row in await self.connection.fetch(STATEMENTS["purge_certificates"]):
            self._purged.certify(row["target"], (row["writer"], row["seq"]), row["recorded_at"], facts_of(row))
        for sentence in hold_events(await self.connection.fetch(STATEMENTS["hold_events"])):
            self._purged.hold(*sentence)

    async def purges(self) -> None:
        """Judge every purge by its certificate."""
        await self.judged(self._purged, None, self._covered if self._keys is not None else None)
        self.report.purges_pending = self._purged.pending

    async def judged(
        self, check: PurgeCheck, those: AbstractSet[Any] | None, covered: Mapping[tuple[str, int], bool] | None = None
    ) -> None:
        """Judge ``those`` purges, None for all, as a check does that knows their certificates."""
        rows = await self.connection.fetch(STATEMENTS["purges"])
        rows = [row for row in rows if those is None or row["purge"] in those]
        roots = await self._roots([row["purge"] for row in rows if self._hashed(str(row["purge"]))])
        for row in rows:
            days, name = frozenset((row["first_day"], row["last_day"])), str(row["purge"])
            purge = Purge(name, row["writer"], days, row["records"], row["first_at"], roots.get(name))
            check.judge(purge, covered)
        self.report.damages.extend(check.damages)

    def _hashed(self, _purge: str) -> bool:
        """Whether the hashes of a purge are read."""
        return True

    async def _roots(self, purges: Sequence[Any]) -> Mapping[str, str]:
        """Return the root over the hashes of each purge, in hex."""
        grown: dict[str, Growing] = {}
        async for row in self.connection.cursor(STATEMENTS["purged_hashes"], purges, prefetch=PREFETCH):
            growing, hashes = grown.setdefault(str(row["purge"]), Growing()), row["hashes"]
            for start in range(0, len(hashes), HASH_BYTES):
                growing.append(hashes[start : start + HASH_BYTES])
        return {purge: growth.root.hex() for purge, growth in grown.items()}

    async def chains(self) -> None:
        """Follow every chain, its seals, and what was promised of it."""
        await self._follow()
        await self._missing(0)

    async def _missing(self, start: int) -> None:
        """Find seals whose records are gone, from a place in the log on, and those that are not in it."""
        for row in await self.connection.fetch(STATEMENTS["seals_without_records"], start):
            detail = f"records {row['first_seq']} to {row['last_seq']} were sealed and are missing"
            self._say(row["writer"], row["last_seq"], "seal", detail)

    async def _follow(self) -> None:
        stream = RecordStream()

        refused: list[str] = []

        async def take(chunk: bytes) -> None:
            try:
                for number, record in enumerate(() if refused else stream.read(chunk)):
                    self._feed(record)
                    if number % AT_ONCE == AT_ONCE - 1:
                        await asyncio.sleep(0)
            except Exception as error:  # noqa: BLE001 - one that leaves here would leave the connection waiting for ever
                refused.append(type(error).__name__)

        statement, *places = self._copied()
        await self.connection.copy_from_query(statement, *places, output=take, format="binary")
        for error in refused:
            writer, seq = (self._chain.writer, self._chain.head.seq) if self._chain is not None else ("", 0)
            self._say(writer, seq, "unread", f"what follows record {seq} of the chain cannot be read: {error}")
        self._finish()

    def _copied(self) -> tuple[Any, ...]:
        """Return the statement that copies the records out, and its parameters."""
        return (STATEMENTS["verify_rows"],)

    def _feed(self, record: StoredRecord) -> None:
        writer = record.shared.writer
        if self._chain is None or writer != self._chain.writer:
            self._finish()
            self._chain, self._seals = self._begun(writer)
        self._chain.feed(record)
        if self._seals is not None:
            self._seals.feed(record)
        self._keep(record)

    def _begun(self, writer: str) -> tuple[ChainCheck, SealCheck | None]:
        return ChainCheck(writer), SealCheck(writer, self._keys) if self._keys is not None else None

    def _keep(self, record: StoredRecord) -> None:
        self.report.count(record)

    def _finish(self) -> None:
        chain, seals = self._chain, self._seals
        if chain is None:
            return
        self.report.writers += 1
        self.report.damages.extend(chain.end())
        self.report.heads[chain.writer] = chain.head
        if seals is None:
            return
        self.report.damages.extend(seals.end())
        if seals.certified_by is not None:
            self._certified[chain.writer] = seals.certified_by
        for position in self._purged.places:
            if position[0] == chain.writer:
                self._covered[position] = seals.covers(position[1])

    async def tree(self, anchor: Sequence[str]) -> None:
        """Check the log of seals, and how far it is witnessed."""
        if self._keys is None:
            return
        signed = await self._notes(0)
        check, tiles = TreeCheck(self._keys, signed, anchor, None, self._peaks), await self._tiles()
        async for node in self._grown(check, 0):
            tiles.feed(node.leaf(self._keys.origin))
        self._report_keys(check, signed, tiles.end())
        await self._openings()
        tail = await self.connection.fetchrow(STATEMENTS["tail"], check.witnessed)
        self.report.tail, self.report.tail_since = tail["records"], tail["since"]
        self.report.witnessed_to = await self.connection.fetchval(STATEMENTS["witnessed_until"], check.witnessed)

    async def parts(self) -> None:
        """Check that a key of the line signed every part and what it holds, and that each follows the one before."""
        before: Part | None = None
        async for row in self.connection.cursor(STATEMENTS["parts"]):
            part = Part.of_row(row)
            if self._keys is not None and not any(part.is_by(speaker.key) for speaker in self._keys.line):
                what = f"the part of leaves {part.first} to {part.end} of the log is not what was signed"
                self._say("", 0, "protection", f"{what}: it is derived again")
            contents = await self.connection.fetchrow(STATEMENTS["part_contents"], part.first)
            if contents is None or PartContents(*contents).digests != list(part.digests):
                what = f"the part of leaves {part.first} to {part.end} of the log holds other rows than were signed"
                self._say("", 0, "protection", f"{what}: it is derived again")
            if before is not None and not part.follows(before):
                what = f"the part of leaves {part.first} to {part.end} of the log does not follow the one before"
                self._say("", 0, "protection", what)
            before = part

    async def _notes(self, start: int) -> dict[int, str]:
        rows = await self.connection.fetch(STATEMENTS["notes_between"], start, self.end)
        self._peaks = {row["size"]: row["peaks"] for row in rows}
        return {row["size"]: row["note"] for row in rows}

    async def _grown(self, check: TreeCheck, start: int) -> AsyncIterator[BatchSeal]:
        """Let the log grow from a place on; yield its seals."""
        async for row in self.connection.cursor(STATEMENTS["listed_seals"], start, self.end, prefetch=PREFETCH):
            seal_read = seal.read(row) if row["head"] is not None else None
            check.feed(row["leaf"], row["noted"], seal_read)
            if seal_read is not None:
                yield seal_read

    def _report_keys(self, check: TreeCheck, signed: Mapping[int, str], more: Iterable[str] = ()) -> None:
        """Report what was found of the log, and by whom it is signed."""
        for problem in (*check.end(), *more):
            self._say("", 0, "checkpoint", problem)
        line = self._keys.line if self._keys is not None else ()
        self.report.keys = [self._use(speaker, check.signed_by[str(speaker.key)]) for speaker in line]
        self.report.checkpoints += len(signed)
        self.report.note = signed[max(signed)] if signed else ""
        self.report.seals = check.grown.size

    async def _tiles(self) -> TileCheck:
        rows = await self.connection.fetch(STATEMENTS["every_tile"])
        return TileCheck({(row["level"], row["number"]): row["root"] for row in rows})

    async def _openings(self) -> None:
        """Check that no chain was opened by the word of a key that had ended."""
        ended = {
            writer: certificate for writer, certificate in self._certified.items() if certificate.ended_at is not None
        }
        for row in await self.connection.fetch(STATEMENTS["openings"], list(ended)):
            end = ended[row["writer"]]
            if not end.spoke(row["leaf"]):
                self._say(row["writer"], 1, "key", f"certified by the key {end.key.id.hex()} after that had ended")

    def _use(self, speaker: Speaker, signed: int) -> KeyUse:
        writers = sum(other.key is speaker.key for other in self._certified.values())
        return KeyUse(
            speaker.key.id.hex(), str(speaker.key), speaker.state, speaker.since, speaker.ended, writers, signed
        )

    async def exchanges(self) -> None:
        """Check that there is one decision, at most one outcome, and each attempt once; and who is still open."""
        for asked in self._asked():
            await self._compared(*asked)
        unsettled = await self._unsettled()
        for row in await self.connection.fetch(STATEMENTS["verify_writers"], list(unsettled)):
            seq, exchanges = unsettled[row["writer"]]
            if row["finished"] and not row["alive"]:
                detail = f"{exchanges} exchanges have no outcome although their writer has ended"
                self._say(row["writer"], seq, "outcome", detail)
            else:
                self.report.open += exchanges

    def _asked(self) -> Iterable[tuple[Sequence[str] | None, Sequence[date]]]:
        """Return which exchanges are compared, some at a time, and their days; None: all."""
        return ((None, ()),)

    async def _compared(self, exchanges: Sequence[str] | None, days: Sequence[date]) -> None:
        several: list[Mapping[str, Any]] = []
        async for row in self.connection.cursor(STATEMENTS["verify_exchanges"], exchanges, days, prefetch=PREFETCH):
            self._counted(row)
            several += [row] if row["attempts"] > 1 else []
            if len(several) == PREFETCH:
                await self._attempts(several)
                several.clear()
        await self._attempts(several)

    def _counted(self, row: Mapping[str, Any]) -> None:
        if row["decisions"] != 1 or row["outcomes"] > 1:
            what = "decision" if row["decisions"] != 1 else "outcome"
            detail = f"exchange {row['exchange']} has {row['decisions']} decisions and {row['outcomes']} outcomes"
            self._say(row["writer"], row["seq"], what, detail)
        ended = row["outcomes"] and row["first_day"] == row["last_day"]  # an outcome of another day is not its own
        if row["decisions"] and not ended:
            seq, number = self._open.get(row["decided_by"], (row["decided_at"], 0))
            self._open[row["decided_by"]] = min(seq, row["decided_at"]), number + row["decisions"]

    async def _attempts(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Look for attempts that are there twice, of exchanges that have several."""
        days = sorted({row[name] for row in rows for name in ("first_day", "last_day")})
        exchanges = [row["exchange"] for row in rows]
        for row in await self.connection.fetch(STATEMENTS["verify_attempts"], exchanges, days) if rows else ():
            detail = f"exchange {row['exchange']} has attempt {row['attempt']} more than once"
            self._say(row["writer"], row["seq"], "attempt", detail)

    async def _unsettled(self) -> Mapping[str, tuple[int, int]]:
        """Return by writer the first record of exchanges that have no outcome, and their number."""
        return self._open

    async def structure(self) -> None:
        """Compare functions, triggers, views, roles, grants and settings with those of the release."""
        for difference in await structure.differences(self.connection):
            if difference.weakens:
                self._say("", 0, "protection", difference.sentence)
            else:
                self.report.remarks.append(difference.sentence)

    async def bundles(self) -> None:
        """Compare the policy bundles that were in force with what the log says was stored of them."""
        for row in await self.connection.fetch(structure.STATEMENTS["bundles"]):
            what = "is not the one that was stored" if row["there"] else "was deleted"
            self._say("", 0, "protection", f"the policy bundle {row['revision']} {what}")

    async def readings(self) -> None:
        """Count the reads that no process has recorded yet."""
        waiting = await self.connection.fetchrow(STATEMENTS["unrecorded_readings"])
        self.report.readings, self.report.readings_since = waiting["number"], waiting["since"]
