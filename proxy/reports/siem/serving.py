"""The streams that serving processes keep up: each by one process at a time, never in the way of requests.

A stream reads what is already durable, on a connection of its own, and makes its formats in another thread. A collector
that is away costs it pauses and the requests nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg

from proxy.audit.upkeep.readings import Requester
from proxy.reports.siem import sinks
from proxy.reports.siem.address import StreamAddress
from proxy.reports.siem.positions import StoredPositions
from proxy.reports.siem.sinks import EntrySink
from proxy.reports.siem.stream import LogStream, StreamGapError, StreamState
from proxy.runtime import database
from proxy.runtime.background import Background
from proxy.runtime.log import logger

_AGAIN_S = 10.0


@dataclass(eq=False)
class ServedStreams:
    """Streams of one process. ``failed`` is called with a stream's name at each failure."""

    dsn: str
    origin: str
    addresses: Sequence[StreamAddress]
    failed: Callable[[str], None] = lambda _: None
    again_s: float = _AGAIN_S
    states: dict[str, StreamState] = field(default_factory=dict)
    _announced: set[str] = field(default_factory=set)
    _sinks: dict[str, EntrySink] = field(default_factory=dict)
    _background: Background = field(default_factory=Background)

    def __post_init__(self) -> None:
        """Open each collector: a file that an address names and that cannot be used ends the start.

        Raises:
            ConfigurationError: there is one.

        """
        for address in self.addresses:
            self.states[address.name], self._sinks[address.name] = StreamState(), sinks.opened(address)

    @property
    def details(self) -> Mapping[str, str]:
        """Why a stream of this process is not going on, "" while it is; nothing of one that another process holds."""
        return {name: state.error for name, state in self.states.items() if state.holds or state.error}

    def start(self) -> None:
        """Begin to keep each stream up, wherever no other process does."""
        for address in self.addresses:
            self._background.start(f"audit stream to {address.where}", self._keep(address))

    async def close(self) -> None:
        """Stop; the next process goes on where this one was."""
        await self._background.stop()

    async def _keep(self, address: StreamAddress) -> None:
        state = self.states[address.name]
        while True:
            try:
                await self._lead(address, state)
            except Exception as error:  # noqa: BLE001 - a stream that ended would stay behind without a word
                state.error = str(error) if isinstance(error, StreamGapError) else type(error).__name__
                self.failed(address.name)
                logger().warning("audit_stream_interrupted", stream=address.name, error=state.error)
            finally:
                state.holds = False
            await asyncio.sleep(self.again_s)

    async def _lead(self, address: StreamAddress, state: StreamState) -> None:
        """Stream for as long as the connection lives, if no other process does."""
        connection = await database.connect(self.dsn, database.READER)
        try:
            positions = StoredPositions(connection, address.name)
            if not await positions.take():
                state.error = ""
                return
            state.holds = True
            await self._stream(connection, address, positions, state)
        finally:
            connection.terminate()

    async def _stream(
        self, connection: asyncpg.Connection, address: StreamAddress, positions: StoredPositions, state: StreamState
    ) -> None:
        def failed(reason: str) -> None:
            self.failed(address.name)
            logger().warning("audit_stream_failed", stream=address.name, error=reason)

        sink = self._sinks[address.name]
        stream = LogStream(connection, self.origin, address, sink, positions, state, failed=failed)
        if address.name not in self._announced:  # not again after each failure
            await stream.announce(Requester("compliance-proxy"))
            self._announced.add(address.name)
        await stream.begin()
        logger().info("audit_stream_started", stream=address.name)
        await stream.run()
