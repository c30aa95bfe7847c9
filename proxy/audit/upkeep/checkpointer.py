"""Lets the log of seals grow, signs how far it has come, and anchors that outside the database; by itself.

Every process looks every ``period_s`` seconds; a lock lets one at a time extend the log. Nothing is signed over a log
that does not hold what this process or its anchors saw before.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from proxy.audit.sealing import notes, seal
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.notes import Note
from proxy.audit.sealing.succession import Succession
from proxy.audit.sealing.tree import Growing
from proxy.audit.sealing.tree_proof import consistency_ranges
from proxy.audit.upkeep import key_changes, log_tree
from proxy.audit.upkeep.anchors import Anchor, NewNote
from proxy.audit.upkeep.log_tree import LogGapError, LogTree
from proxy.audit.writing.log import PostgresAuditLog
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import AuditUnavailableError, ProxyError
from proxy.runtime import database
from proxy.runtime.background import Background
from proxy.runtime.log import logger

_AT_ONCE = 5000  # as the statement unlisted_seals says
_FINISH_S = 3.0


#: Among the ages: since when everything that was sealed is signed.
LOG = "log"


@dataclass(slots=True)
class AnchorState:
    """How far an anchor keeps the log; ``at``: when (loop time) that was all, ``error``: why it is not now."""

    at: float
    size: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class AgeLimit:
    """How old the word of every anchor may be, seconds, and whether the process sends nothing beyond that."""

    seconds: float
    refuses: bool = False


class LogInconsistentError(ProxyError):
    """The log of seals does not hold what was signed before; nothing is signed over that."""

    code = "audit_log_inconsistent"


@dataclass(eq=False)
class Checkpointer:
    """Extends, signs and anchors. ``told`` is called with a reason whenever it begins to refuse, "" when it ends.

    ``ended`` is called when the signing key has ended, and nothing that it signs counts any more.
    ``suspend`` is called with the anchors that are older than a ``limit`` which refuses traffic, "" when that ends.
    ``refused`` says why nothing is signed now, ``unanchored`` where the newest note could not be kept, ``late`` which
    anchors are too old.
    """

    dsn: str
    signing: AuditSigningKey
    anchors: Sequence[Anchor] = ()
    period_s: float = 10.0
    timeout_s: float = 5.0
    on_refusal: Callable[[str], None] = lambda _: None
    ended: Callable[[], None] = lambda: None
    limit: AgeLimit | None = None
    suspend: Callable[[str], None] = lambda _: None
    refused: str = ""
    unanchored: str = ""
    late: str = ""
    _keys: Succession = field(init=False)
    _last_note: Note | None = None
    _looked: bool = False  # whether this process was the last to search for seals of any age, and signed what it found
    _whole: bool = False  # whether every seal that the last look could see is signed
    _states: dict[str, AnchorState] = field(default_factory=dict)
    _background: Background = field(default_factory=Background)

    def __post_init__(self) -> None:
        self._keys = Succession.of(self.signing.verifier)

    @classmethod
    def of(
        cls, log: PostgresAuditLog, anchors: Sequence[Anchor], period_s: float, limit: AgeLimit | None = None
    ) -> Checkpointer:
        """Return the checkpointer of a process that writes a log, where it records that it refuses."""

        def record_refusal(reason: str) -> None:
            log.event(*(("checkpoints_refused", {"reason": reason}) if reason else ("checkpoints_resumed", {})))

        return cls(
            log.dsn,
            log.signing,
            anchors,
            period_s,
            log.timeout_s,
            record_refusal,
            log.certify_no_more,
            limit,
            log.suspend,
        )

    @property
    def ages(self) -> dict[str, float]:
        """Seconds since each anchor kept all that is sealed, by its place; ``LOG``: since all was signed."""
        now = asyncio.get_running_loop().time()
        return {where: now - state.at for where, state in self._states.items()}

    @property
    def details(self) -> dict[str, str]:
        """Why nothing is signed, where the newest note could not be kept, which anchors are too old; "" for none."""
        return {"checkpoints_refused": self.refused, "unanchored": self.unanchored, "anchors_late": self.late}

    def start(self) -> None:
        """Begin, now and periodically; every age counts from now on."""
        now = asyncio.get_running_loop().time()
        for where in (LOG, *(anchor.where for anchor in self.anchors)):
            self._states.setdefault(where, AnchorState(now))
        self._background.start("audit checkpoints", self._run())

    async def close(self) -> None:
        """Stop looking."""
        await self._background.stop()

    async def finish(self) -> None:
        """Sign and anchor what was written last."""
        with contextlib.suppress(ProxyError, TimeoutError):
            async with asyncio.timeout(_FINISH_S):
                await self.once()

    async def once(self) -> Note | None:
        """Extend the log by what is new, sign, and anchor; return how far it has come, None where nothing was sealed.

        Raises:
            AuditUnavailableError: the database cannot be reached.
            LogInconsistentError: the log does not hold what was signed before.

        """
        looked, self._looked, self._whole = self._looked, False, False  # whatever fails: the next look is for all seals
        try:
            async with self._connected() as connection:
                signed = await self._extended(connection, everything=not looked)
        except LogInconsistentError as error:
            self._say(str(error))
            raise
        self._say("")
        if self._whole:
            self._states[LOG] = AnchorState(asyncio.get_running_loop().time())
        if signed is None or self._last_note is None:
            return None
        await self._anchor(signed, self._last_note.size)
        return self._last_note

    async def _run(self) -> None:
        while True:
            try:
                await self.once()
            except (AuditUnavailableError, LogInconsistentError):
                pass  # said already
            except Exception as error:  # noqa: BLE001 - a fault of one round must not be the end of all
                self._say(f"a round failed: {type(error).__name__}")
            self._judge()
            await asyncio.sleep(self.period_s)

    def _say(self, reason: str) -> None:
        if reason == self.refused:
            return
        self.refused = reason
        if reason:
            logger().error("audit_log_inconsistent", reason=reason)
        self.on_refusal(reason)

    async def _extended(self, connection: asyncpg.Connection, *, everything: bool) -> str | None:
        """Return the newest note, made now if there was anything new and nobody else is at it."""
        # Before the note: another process anchors what it has committed, so what stands there is in the log.
        lines = await self._anchored()
        while True:
            async with connection.transaction():
                self._keys = Succession.of(self.signing.verifier, await key_changes.read(connection))
                anchored = [self._trusted(anchor, line) for anchor, line in lines]
                mine = await connection.fetchval(STATEMENTS["take_log_lock"], timeout=self.timeout_s)
                row = await connection.fetchrow(STATEMENTS["last_note"], timeout=self.timeout_s)
                grown = await self._proven(connection, row, anchored)
                added = await self._append(connection, grown, everything=everything) if mine else 0
                if added:
                    await self._speaks(connection)
                signed = await self._sign(connection, grown) if added else (row["note"] if row else None)
                if mine:
                    with contextlib.suppress(LogGapError):  # verification names it
                        await log_tree.store_tiles(connection, grown.size, self.signing.origin)
            self._last_note = Note(grown.size, grown.root) if grown.size else None
            if added < _AT_ONCE:
                self._looked = mine
                self._whole = mine or not await connection.fetch(
                    STATEMENTS["unlisted_seals"], everything, timeout=self.timeout_s
                )
                return signed

    async def _proven(self, connection: asyncpg.Connection, row: Any, anchored: Sequence[Note]) -> Growing:
        """Return the log as the last note says it, once that note is proven to follow from all that is known."""
        grown = self._opened(row) if row else Growing()
        for earlier in [self._last_note, *anchored]:
            if earlier is not None:
                await self._follows(connection, grown, earlier)
        return grown

    def _opened(self, row: Any) -> Growing:
        note = self._keys.note(row["note"])
        if note is None:
            raise LogInconsistentError(f"note {row['size']} is not signed by this installation's audit key")
        with contextlib.suppress(ValueError):
            grown = Growing.unpacked(row["size"], row["peaks"])
            if note[0] == Note(grown.size, grown.root):
                return grown
        raise LogInconsistentError(f"note {row['size']} does not say what is stored beside it")

    async def anchored(self) -> int:
        """Return how much of the log the anchors confirm, 0 for none: the size of the largest note that one keeps.

        Raises:
            LogInconsistentError: what one keeps is not signed by this installation's key.

        """
        return max([self._trusted(anchor, line).size for anchor, line in await self._anchored()], default=0)

    async def _anchored(self) -> list[tuple[Anchor, str]]:
        """Return the newest line of each anchor that can be read back."""
        notes_read = []
        for anchor in self.anchors:
            with contextlib.suppress(Exception):  # whatever cannot be read is told when it cannot be added to
                if line := await anchor.newest(self.signing.origin):
                    notes_read.append((anchor, line))
        return notes_read

    def _trusted(self, anchor: Anchor, line: str) -> Note:
        note = self._keys.anchored(line)
        if note is None:
            raise LogInconsistentError(
                f"the last line of {anchor.where} is not signed by this installation's audit key"
            )
        return note[0]

    async def _follows(self, connection: asyncpg.Connection, grown: Growing, earlier: Note) -> None:
        """Refuse a log of which an earlier state is not the beginning."""
        if earlier.size > grown.size:
            raise LogInconsistentError(f"the log holds {grown.size} seals, and {earlier.size} were signed before")
        if earlier.size == grown.size and earlier.root != grown.root:
            raise LogInconsistentError(f"the log of {grown.size} seals is not the one that was signed before")
        if earlier.size < grown.size and await self._regrown(connection, earlier, grown.size) != grown.root:
            raise LogInconsistentError(f"the log of {grown.size} seals does not follow from its first {earlier.size}")

    async def _regrown(self, connection: asyncpg.Connection, earlier: Note, size: int) -> bytes:
        """Return the root that the log has at a size when it is grown from an earlier state."""
        row = await connection.fetchrow(STATEMENTS["note"], earlier.size, timeout=self.timeout_s)
        grown = self._opened(row) if row else Growing()
        if grown.root != earlier.root:
            raise LogInconsistentError(f"note {earlier.size} is not the one that was signed before")
        async for item in connection.cursor(STATEMENTS["listed_seals"], earlier.size, size):
            if item["head"] is None:
                raise LogInconsistentError(f"seal {item['leaf']} of the log was removed")
            grown.append(seal.read(item).leaf(self.signing.origin))
        return grown.root

    async def _speaks(self, connection: asyncpg.Connection) -> None:
        """Refuse to sign with a key that has ended. Asked once the seals are read, its end's perhaps among them."""
        speaker = Succession.of(self.signing.verifier, await key_changes.read(connection)).speaker(
            self.signing.verifier
        )
        if speaker is not None and speaker.ended is not None:
            self.ended()
            raise LogInconsistentError(
                f"the audit signing key {speaker.key.id.hex()} has ended: restart with the one in force"
            )

    async def _append(self, connection: asyncpg.Connection, grown: Growing, *, everything: bool) -> int:
        before = grown.size
        rows = await connection.fetch(STATEMENTS["unlisted_seals"], everything, timeout=self.timeout_s)
        for row in rows:
            grown.append(seal.read(row).leaf(self.signing.origin))
        if rows:
            writers, places = [row["writer"] for row in rows], [row["last_seq"] for row in rows]
            await connection.execute(
                STATEMENTS["add_leaves"], before, writers, places, grown.size, timeout=self.timeout_s
            )
        return len(rows)

    async def _sign(self, connection: asyncpg.Connection, grown: Growing) -> str:
        signed = notes.sign(Note(grown.size, grown.root), self.signing)
        await connection.execute(STATEMENTS["add_note"], grown.size, grown.packed, signed, timeout=self.timeout_s)
        return signed

    async def _anchor(self, signed: str, size: int) -> None:
        """Have every anchor keep a note; the log does not wait for one that cannot be written."""
        note = NewNote(size, signed, notes.anchor_line(signed), functools.partial(self._growth, size))
        for anchor in self.anchors:
            state = self._states.setdefault(anchor.where, AnchorState(asyncio.get_running_loop().time()))
            try:
                if state.error or state.size != size:
                    await self._put(anchor, note)
            except (OSError, AuditUnavailableError, LogGapError) as error:
                state.error = str(error) or type(error).__name__
            except Exception as error:  # noqa: BLE001 - of a driver of its own; the message could hold a credential
                state.error = type(error).__name__
            else:
                state.size, state.error = size, ""
                if self._whole:
                    state.at = asyncio.get_running_loop().time()
        failed = [f"{where}: {state.error}" for where, state in self._states.items() if state.error]
        if failed and not self.unanchored:
            logger().error("audit_not_anchored", where=failed)
        self.unanchored = ", ".join(failed)

    async def _put(self, anchor: Anchor, note: NewNote) -> None:
        """Have an anchor keep a note, and store its word if it gives one and has not given it to another process."""
        if anchor.speaks and await self._spoke(anchor.where, note.size):
            return
        word = await anchor.put(note)
        if word:
            async with self._connected() as connection:
                await connection.execute(STATEMENTS["add_word"], note.size, anchor.where, word, timeout=self.timeout_s)

    async def _spoke(self, where: str, size: int) -> bool:
        async with self._connected() as connection:
            return bool(await connection.fetchval(STATEMENTS["has_word"], size, where, timeout=self.timeout_s))

    async def _growth(self, new: int, old: int) -> Sequence[bytes]:
        """Return the proof that the log of ``new`` seals continues the one of ``old``."""
        async with self._connected() as connection, connection.transaction():
            return await LogTree(connection, self.signing.origin).roots(consistency_ranges(old, new))

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        with database.raising(AuditUnavailableError):
            connection = await database.connect(self.dsn, database.WRITER, timeout_s=self.timeout_s)
            try:
                yield connection
            finally:
                connection.terminate()

    def _judge(self) -> None:
        """Find the anchors that are too old; say so once, and suspend traffic where the limit says that."""
        if self.limit is None:
            return
        late = ", ".join(sorted(where for where, age in self.ages.items() if age > self.limit.seconds))
        if late == self.late:
            return
        self.late = late
        if late:
            logger().error("audit_anchor_late", where=late, refuses=self.limit.refuses)
        if self.limit.refuses:
            self.suspend(late)
