"""Appends records to the writer's chain: one flusher per process, natural group commit, nothing lost or doubled.

Whatever waits when the flusher is free goes out in one transaction, sealed; callers are released after its commit.
A batch costs more than a record, so records that nobody waits for gather for a moment; then they go with the next
batch, or after another. While requests wait for their turn at the loop, a batch waits some milliseconds for their
records. The chain advances only with a commit. When a commit's result is unknown (the connection broke), the next
session asks the database for the chain's head and releases the callers or sends the batch again.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import asyncpg

from proxy.audit.records import answers
from proxy.audit.records.record import Head, Record, genesis
from proxy.audit.sealing.seal import BatchSealer, unknown
from proxy.audit.writing.session import Backend, Session, StillHeldError, batched, chained
from proxy.errors import AuditUnavailableError
from proxy.runtime import database
from proxy.runtime.background import Background
from proxy.runtime.log import logger
from proxy.runtime.steps import crowded

#: Called with the records of a unit that the database refused; returns the records to store instead.
Instead = Callable[[Sequence[Record]], Sequence[Record]]

_FLUSHER = "audit flusher"
#: How long records that nobody waits for gather, and then wait for a batch to go with.
_PATIENCE_S = 0.02
#: How long a batch waits for further records while steps of other requests wait for their turn, at most.
_COMPANY_S = 0.005
#: The database, or the driver while encoding, says that a record cannot be stored.
_REFUSED = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
    ValueError,
    TypeError,
    OverflowError,
)
#: A record or seal stands where this chain goes on: somebody else put it there.
_PLACES = re.compile(r"record(_\w+)?_pkey|seal_pkey|seal_goes_on_once")


@dataclass(slots=True, eq=False)
class Unit:
    """Records that are stored together. ``durable`` resolves to None, or to why they never will be."""

    records: Sequence[Record]
    durable: asyncio.Future[Exception | None]
    instead: Instead | None = None
    taken: bool = False
    withdrawn: bool = False
    refused: bool = False


@dataclass(slots=True)
class _Sent:
    """A batch whose commit was not confirmed."""

    units: list[Unit]
    head: Head
    stated: set[answers.Key]


@dataclass(eq=False)
class ChainWriter:
    """The chain of one process. ``capacity`` bounds how many records of new exchanges may wait."""

    dsn: str
    writer: str
    capacity: int = 10_000
    timeout_s: float = 5.0
    MOST_RECORDS: ClassVar[int] = 500
    MOST_STATED: ClassVar[int] = 4096
    LONGEST_HELD_S: ClassVar[float] = 30.0
    sealer: BatchSealer = field(default_factory=unknown)
    forked: Callable[[str], Sequence[Record]] | None = None  # old writer -> the records that open the new chain
    _queue: deque[Unit] = field(default_factory=deque)
    _later: list[Unit] = field(default_factory=list)  # nobody waits for them
    _waiting: int = 0
    _due: asyncio.TimerHandle | None = None  # when those join the queue
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _session: Session | None = None
    _sent: _Sent | None = None
    _stated: set[answers.Key] = field(default_factory=set)  # answers that this chain has stated
    _former: Backend | None = None  # behind the session before
    _held_since: float | None = None  # since when the writer's lock is refused, loop time
    _background: Background = field(default_factory=Background)

    def __post_init__(self) -> None:
        self.head = genesis(self.writer)
        self._idle.set()
        database.renewable(self)

    @property
    def healthy(self) -> bool:
        """Whether records can be stored now."""
        return self._background.running(_FLUSHER) and self._session is not None and self._session.alive

    @property
    def waiting(self) -> int:
        """How many records are not yet durable."""
        return self._waiting

    async def start(self) -> None:
        """Connect and begin to flush.

        Raises:
            AuditUnavailableError: the database cannot be reached or the role not taken.

        """
        try:
            await self._connect()
        except (*database.UNAVAILABLE, asyncpg.PostgresError) as error:
            raise AuditUnavailableError from error
        self._background.start(_FLUSHER, self._run())

    async def clock_skew_ms(self, now: Callable[[], float]) -> int | None:
        """Return how far a clock (Unix seconds) is ahead of the server's, in milliseconds; None if that is unknown."""
        if self._session is None:
            return None
        before = now()
        try:
            server = await self._session.now(self.timeout_s)
        except (*database.UNAVAILABLE, asyncpg.PostgresError):
            return None
        return round(((before + now()) / 2 - server.timestamp()) * 1000)

    async def expire_connections(self) -> None:
        """Connect anew: the connection may be half-open. One on which an answer is awaited has its own deadline."""
        if self._sent is None and self._session is not None:
            self._disconnect()
            self._wake.set()

    async def close(self, timeout_s: float) -> bool:
        """Flush what waits, for at most ``timeout_s``; return whether everything is durable."""
        self._join()
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                if self._background.running(_FLUSHER):
                    await self._idle.wait()
        left = self._waiting
        await self._background.stop()
        if self._session is not None:
            with contextlib.suppress(*database.UNAVAILABLE):
                await self._session.close(2.0)
        if left:
            logger().error("audit_records_unwritten", records=left)
        return not left

    def put(
        self, records: Sequence[Record], *, admitted: bool = False, instead: Instead | None = None, lazy: bool = False
    ) -> Unit:
        """Queue records; synchronous, so that no cancellation can come between. ``admitted`` records always enter.

        Nobody waits for ``lazy`` ones; they come before events that are put after them.

        Raises:
            AuditUnavailableError: too much waits already.

        """
        if not admitted and self._waiting + len(records) > self.capacity:
            raise AuditUnavailableError("too many records wait for the database")
        unit = Unit(records, asyncio.get_running_loop().create_future(), instead)
        self._count(len(records))
        if lazy:
            self._later.append(unit)
            if self._due is None:
                self._due = asyncio.get_running_loop().call_later(_PATIENCE_S, self._gathered)
            return unit
        if records[0].kind == "event":
            self._join()
        self._queue.append(unit)
        self._wake.set()
        return unit

    def _gathered(self) -> None:
        self._due = None
        if self._later:
            asyncio.get_running_loop().call_later(_PATIENCE_S, self._overdue, self._later[0])
            self._join()

    def _overdue(self, unit: Unit) -> None:
        if not unit.taken:
            self._wake.set()

    def _join(self) -> None:
        self._queue.extend(self._later)
        self._later.clear()

    def withdraw(self, unit: Unit) -> bool:
        """Take a unit back unless it may be stored; return whether it certainly is not and never will be."""
        if unit.refused:
            return True
        if unit.taken:
            return False
        if not unit.withdrawn:
            unit.withdrawn = True
            self._count(-len(unit.records))
        return True

    async def durable(self, unit: Unit) -> None:
        """Return when the unit is stored. Called at most once per unit; giving up does not take the unit back.

        Raises:
            AuditUnavailableError: not within ``timeout_s``, or never.

        """
        deadline = asyncio.get_running_loop().call_later(self.timeout_s, _give_up, unit.durable)
        try:
            failure = await unit.durable
        finally:
            deadline.cancel()
        if failure is not None:
            raise AuditUnavailableError from failure

    async def _run(self) -> None:
        pause_s = 0.02
        while True:
            try:
                if self._session is None or not self._session.alive:
                    await self._connect()
                await self._wake.wait()
                self._wake.clear()
                if self._session is None:
                    continue  # to be connected anew
                await _in_company()
                await self._flush(self._take())
                pause_s = 0.02
            except (*database.UNAVAILABLE, asyncpg.PostgresError) as error:
                self._disconnect()
                logger().warning("audit_database_unavailable", error=type(error).__name__)
                if isinstance(error, TimeoutError):
                    await database.expire(self.dsn)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, 1.0)

    async def _connect(self) -> None:
        self._session = session = await self._opened()
        session.on_end(self._wake.set)
        stored = await session.head(self.timeout_s)
        recovered = self.head.seq > 0 and await session.recovered(self.timeout_s)
        sent, self._sent = self._sent, None
        if sent is not None and stored == sent.head:
            self._done(sent)
        elif stored == self.head:
            self._put_back(sent.units if sent is not None else ())
        else:
            logger().error("audit_chain_not_found", writer=self.writer, seq=self.head.seq)
            self._fork(sent)
        if recovered:
            logger().warning("audit_chain_recovered", writer=self.writer, seq=self.head.seq)
            self._fork(None)
        self._wake.set()

    async def _opened(self) -> Session:
        """Open a session; the chain goes on under another name when its lock stays taken."""
        loop = asyncio.get_running_loop()
        try:
            session = await Session.open(self.dsn, self.writer, self.timeout_s, self._former)
        except StillHeldError:
            if self._held_since is None:
                self._held_since = loop.time()
            if self.head.seq and loop.time() - self._held_since >= self.LONGEST_HELD_S:
                logger().warning("audit_writer_still_held", writer=self.writer)
                sent, self._sent = self._sent, None
                self._fork(sent)
            raise
        self._former, self._held_since = session.backend, None
        return session

    def _fork(self, sent: _Sent | None) -> None:
        """Begin a chain under another name.

        The database does not hold what this writer stored (an old backup), or somebody else holds its lock, or the
        writer was away for so long that it was taken for dead: its chain is settled, and exchanges that it opened
        there would never be.
        """
        left, name, generation = self.writer, *self.writer.partition("~")[::2]
        self.writer = f"{name}~{int(generation or 1) + 1}"
        self._former = self._held_since = None
        self.head = genesis(self.writer)
        self._stated.clear()
        self._put_back(sent.units if sent is not None else ())
        if self.forked is not None:
            self.put(self.forked(left), admitted=True)
            self._queue.rotate(1)  # the new chain opens with its opening record
        self._disconnect()
        raise TimeoutError("the chain continues under another name")

    def _put_back(self, units: Sequence[Unit]) -> None:
        for unit in reversed(units):
            unit.taken = False
            self._queue.appendleft(unit)

    def _disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.drop()

    def _take(self) -> list[Unit]:
        """Take what waits, up to one batch."""
        units: list[Unit] = []
        records = 0
        while self._queue and records < self.MOST_RECORDS:
            unit = self._queue.popleft()
            if not unit.withdrawn:
                unit.taken = True
                units.append(unit)
                records += len(unit.records)
        if self._queue:
            self._wake.set()
        return units

    async def _flush(self, units: list[Unit], *, again: bool = True) -> None:
        if not units:
            return
        try:
            await self._store(units)
        except asyncpg.UniqueViolationError as error:
            if _PLACES.fullmatch(error.constraint_name or ""):
                self._put_back(units)
                logger().error("audit_place_taken", writer=self.writer, seq=self.head.seq)
                self._fork(None)
            await self._separate(units, error)
        except asyncpg.CheckViolationError as error:
            if again:  # the partition of a row may have been made while the statement waited for it
                await self._flush(units, again=False)
            else:
                await self._separate(units, error)
        except _REFUSED as error:
            await self._separate(units, error)

    async def _store(self, units: list[Unit]) -> None:
        """Store one batch in one transaction; on a broken connection remember it as sent."""
        session = self._session
        if session is None or not session.alive:
            self._put_back(units)
            raise TimeoutError
        records, stated = self._with_answers(units)
        rows, head = chained(self.writer, self.head, records)
        self._sent = sent = _Sent(units, head, stated)
        try:
            await session.store(rows, self.sealer.seal(batched(rows)), self.timeout_s)
        except _REFUSED:
            self._sent = None
            raise
        self._sent = None
        self._done(sent)

    def _with_answers(self, units: Iterable[Unit]) -> tuple[list[Record], set[answers.Key]]:
        """Return the records with those that state what they name, and what is stated anew."""
        records: list[Record] = []
        fresh: set[answers.Key] = set()
        for unit in units:
            for record in unit.records:
                for answer in record.stated:
                    key = answers.key(record.tenant, record.at, answer.digest)
                    if key not in self._stated and key not in fresh:
                        fresh.add(key)
                        records.append(answers.statement(answer, record))
                records.append(record)
        return records, fresh

    async def _separate(self, units: list[Unit], error: Exception) -> None:
        """Find the unit that the database refuses: it must not hold back the others."""
        if len(units) > 1:
            middle = len(units) // 2
            rest = units[middle:]
            try:
                await self._flush(units[:middle])
            except BaseException:
                self._put_back(rest)
                raise
            await self._flush(rest)
            return
        [unit] = units
        instead = unit.instead(unit.records) if unit.instead is not None else None
        unit.instead = None
        if instead:
            self._count(len(instead) - len(unit.records))
            unit.records = instead
            await self._flush(units)
            return
        logger().error("audit_record_refused", error=type(error).__name__, kind=unit.records[0].kind)
        self._resolve(unit, None if instead is not None else error)

    def _done(self, sent: _Sent) -> None:
        self.head = sent.head
        self._stated |= sent.stated
        if len(self._stated) > self.MOST_STATED:
            self._stated.clear()  # what is named again is stated again
        for unit in sent.units:
            self._resolve(unit, None)

    def _count(self, change: int) -> None:
        self._waiting += change
        if self._waiting:
            self._idle.clear()
        else:
            self._idle.set()

    def _resolve(self, unit: Unit, failure: Exception | None) -> None:
        self._count(-len(unit.records))
        unit.refused = failure is not None
        if not unit.durable.done():
            unit.durable.set_result(failure)


async def _in_company() -> None:
    """Wait while other requests use the processor anyway: their records go with this batch."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _COMPANY_S
    while crowded() and loop.time() < end:  # noqa: ASYNC110 - one iteration of the loop each, in which a step runs
        await asyncio.sleep(0)


def _give_up(durable: asyncio.Future[Exception | None]) -> None:
    if not durable.done():
        durable.set_result(TimeoutError())
