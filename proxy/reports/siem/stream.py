"""Follows the log and hands every record to a collector: at least once, in order within each chain.

A place is stored once the collector has what came before it, never earlier. So a process that dies in between sends
those records again, and a collector that is away gets them when it is back: they wait in the log itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg

from proxy.audit.access import following
from proxy.audit.access.following import ChainWindow
from proxy.audit.upkeep import readings
from proxy.audit.upkeep.readings import Requester
from proxy.errors import ProxyError
from proxy.reports.siem import entry
from proxy.reports.siem.address import BEGINNING, StreamAddress
from proxy.reports.siem.entry import LogPlace, StreamEntry
from proxy.reports.siem.positions import Positions
from proxy.reports.siem.sinks import EntrySink, SinkError
from proxy.runtime.background import to_completion

_MOST = 500
_OVERLAP_S = 30.0  # how long a batch may have been on its way when its time was looked for
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 60.0
_LONGEST_WAIT_S = 300.0
_LONGEST_ANSWER_S = 5.0  # how long a stream that ends waits for the collector's answer


class StreamGapError(ProxyError):
    """The log lacks records that the collector does not have. The stream stops: only a person may pass them by."""

    code = "audit_stream_gap"


@dataclass
class StreamState:
    """How a stream does in this process. ``behind_since``: when the oldest record was made that waits, Unix seconds."""

    holds: bool = False
    sent: int = 0
    behind: int = 0
    behind_since: float | None = None
    error: str = ""


@dataclass(eq=False)
class LogStream:
    """One stream on a connection that acts as the reader. ``tries``: give up after so many failures in a row.

    ``failed`` is called with the reason at each failure after which it is tried again.
    """

    connection: asyncpg.Connection
    origin: str
    address: StreamAddress
    sink: EntrySink
    positions: Positions
    state: StreamState = field(default_factory=StreamState)
    period_s: float = 1.0
    all_s: float = 300.0  # how often every chain is looked at, whatever the times say
    tries: int | None = None
    failed: Callable[[str], None] = lambda _: None
    _takes: bool = False  # whether the collector has just taken a record
    _heads: dict[str, int] = field(default_factory=dict)
    _at: dict[str, int] = field(default_factory=dict)
    _looked: float = 0.0
    _looked_at_all: float = 0.0

    async def announce(self, requester: Requester) -> None:
        """Leave word in the log that it is streamed, and to whom."""
        to = self.address
        asked = {"to": to.where, "format": to.format, "from": to.start, "only": str(to.filter) or None}
        await readings.announce(self.connection, requester, "audit stream", asked, 0)

    async def begin(self) -> None:
        """Find the place to go on from.

        Raises:
            one of ``database.UNAVAILABLE``, asyncpg.PostgresError.

        """
        await following.prepare(self.connection)
        stored = await self.positions.load()
        if stored is None:
            stored = await self._start()
            await self.positions.begin(stored)
        self._at = stored

    async def _start(self) -> dict[str, int]:
        if self.address.start == BEGINNING:
            return {}
        moment = self.address.beginning()
        return await (following.heads(self.connection) if moment is None else following.before(self.connection, moment))

    async def run(self, *, drain: bool = False) -> None:
        """Hand records over as they come; with ``drain`` those that there are now, and return.

        Raises:
            SinkError: the collector failed ``tries`` times in a row.
            StreamGapError: records are missing.
            one of ``database.UNAVAILABLE``, asyncpg.PostgresError.

        """
        await self._look()
        goal = dict(self._heads)
        while True:
            moved = await self._round(following.grown(self._heads, self._at))
            if drain and not (moved and following.grown(goal, self._at)):
                return
            if not moved or not following.grown(self._heads, self._at):
                await asyncio.sleep(self.period_s)  # so that what comes meanwhile goes together
            await self._look()

    async def _look(self) -> None:
        """Find chains that have grown."""
        now = asyncio.get_running_loop().time()
        if not self._looked_at_all or now - self._looked_at_all >= self.all_s:
            self._heads |= await following.heads(self.connection)
            self._looked_at_all = now
        else:
            self._heads |= await following.heads(self.connection, now - self._looked + _OVERLAP_S)
        self._looked = now
        self._measure()

    def _measure(self) -> None:
        self.state.behind = sum(max(0, head - self._at.get(writer, 0)) for writer, head in self._heads.items())
        if not self.state.behind:
            self.state.behind_since = None

    async def _round(self, writers: Sequence[str]) -> bool:
        """Read each chain once and hand over what it has; return whether any place has moved."""
        entries: list[StreamEntry] = []
        until: dict[str, int] = {}
        moved = False
        for writer in writers:
            window = await following.window(self.connection, writer, self._at.get(writer, 0), _MOST)
            if window.until == self._at.get(writer, 0):
                continue
            self._check(window, self._at.get(writer, 0))
            moved, until[writer] = True, window.until
            entries += await asyncio.to_thread(self._taken, window)
            if len(entries) >= _MOST:
                await self._hand_over(entries, until)
                entries, until = [], {}
        if until:
            await self._hand_over(entries, until)
        return moved

    def _check(self, window: ChainWindow, after: int) -> None:
        """Refuse to pass by records that are not there, whatever the stream is of: nobody knows whose they were."""
        missing = window.until - after - len(window.records) - window.purged
        if missing:
            raise StreamGapError(
                f"{missing} records of {window.writer} after {after} are gone, or hidden from this reader: "
                "begin another stream after them (--name, --from)"
            )

    def _taken(self, window: ChainWindow) -> list[StreamEntry]:
        read = (
            entry.read(
                LogPlace(self.origin, record.writer, record.seq, record.leaf, record.hash), record.body, record.whole
            )
            for record in window.records
        )
        return [item for item in read if self.address.filter.takes(item)]

    async def _hand_over(self, entries: Sequence[StreamEntry], until: Mapping[str, int]) -> None:
        if entries:
            self.state.behind_since = min(item.columns.at for item in entries) / 1_000_000
        await self._deliver(entries, until)
        self.state.sent += len(entries)
        self._at |= until
        self._measure()

    async def _sent(self, entries: Sequence[StreamEntry]) -> None:
        """Hand over once; what the collector refused for good, and other records not, is on record and passed by.

        Raises:
            SinkError: it failed, or takes nothing.

        """
        refused = await self.sink.send(entries)
        number = sum(item.number for item in refused)
        if number >= len(entries) and (number > 1 or not self._takes):
            raise SinkError(refused[0].reason)
        self._takes = number < len(entries)
        for item in refused:
            first, last = item.entries[0].position.name, item.entries[-1].position.name
            about = {"to": self.address.where, "from": first, "through": last, "reason": item.reason}
            await readings.announce(
                self.connection, Requester("compliance-proxy"), "audit stream refused", about, item.number
            )
            self.failed(item.reason)

    async def _sent_and_stored(self, entries: Sequence[StreamEntry], until: Mapping[str, int]) -> None:
        if entries:
            await self._sent(entries)
        await self.positions.advance(until)

    async def _deliver(self, entries: Sequence[StreamEntry], until: Mapping[str, int]) -> None:
        """Hand over until the collector has them, with growing pauses.

        A stream that is ended waits for the answer, so that the next process does not send them again.
        """
        pause_s, failures = _FIRST_PAUSE_S, 0
        while True:
            try:
                await to_completion(self._sent_and_stored(entries, until), _LONGEST_ANSWER_S)
            except SinkError as error:
                failures += 1
                self.state.error = error.reason
                if error.final or failures == self.tries:
                    raise
                self.failed(error.reason)
                await asyncio.sleep(max(pause_s, min(error.wait_s, _LONGEST_WAIT_S)))
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
                await self._look()
            else:
                self.state.error = ""
                return
