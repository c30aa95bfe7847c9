"""The path to the database goes silent without closing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

from bench.hostile.rows import Found, judged, row
from bench.hostile.stand import CALLERS, Stand
from proxy.embedded import state
from testing.processes import free_port

_HEALS_S = 10.0


@dataclass
class Relay:
    """Passes bytes to a server; once silenced, connections made before stay open and pass nothing."""

    server: str  # the path of a socket
    listening: int
    _open: list[asyncio.Event] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _serving: set[asyncio.Task[Any]] = field(default_factory=set)

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.listening)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent = asyncio.Event()
        self._open.append(silent)
        if (task := asyncio.current_task()) is not None:
            self._serving.add(task)
        there, back = await asyncio.open_unix_connection(self.server)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pass(reader, back, silent))
                tasks.create_task(_pass(there, writer, silent))

    def silence(self) -> int:
        """Let everything that is open go silent; return how many."""
        for silent in self._open:
            silent.set()
        found, self._open = len(self._open), []
        return found

    async def close(self) -> None:
        """Stop listening, and let everything go."""
        if self._server is not None:
            self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.wait(self._serving or {asyncio.ensure_future(asyncio.sleep(0))}, timeout=5)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silent: asyncio.Event) -> None:
    while chunk := await reader.read(65536):
        if silent.is_set():
            await asyncio.Event().wait()
        writer.write(chunk)
        await writer.drain()
    if not silent.is_set():
        writer.close()


@row("silent database path", "the proxy's connections to the database go silent without closing; new ones work", group="evidence",
     last=True, must="serving again within 10 s", patience_s=150)  # fmt: skip
async def silent(stand: Stand) -> Found:
    """Run a second stack on a database of its own behind a relay, silence it, and ask until it serves."""
    running = state.running(stand.state_dir)
    if running is None:
        return Found(False, "the stack does not run")
    parts = urlsplit(running.database_url)
    connection = await asyncpg.connect(running.database_url)
    try:
        await connection.execute("CREATE DATABASE hostile_relay")
    finally:
        await connection.close()
    folder = parse_qs(parts.query)["host"][0]
    relay = Relay(f"{folder}/.s.PGSQL.{parts.port or 5432}", free_port())
    await relay.start()
    address = f"postgresql://{parts.username}@127.0.0.1:{relay.listening}/hostile_relay"
    second = Stand(stand.folder / "second", {**stand.environment, "DATABASE_URL": address})
    try:
        await second.start({"quiet": CALLERS["quiet"]})
        cut = relay.silence()
        began, answer = time.monotonic(), await second.ask("quiet", "Name a bridge.")
        while answer.status != 200 and time.monotonic() - began < 60:
            await asyncio.sleep(0.2)
            answer = await second.post(
                "quiet", b'{"model": "say", "messages": [{"role": "user", "content": "Name a bridge."}]}', patience_s=15
            )
        took = time.monotonic() - began
    finally:
        await second.stop()
        await relay.close()
    return judged([f"{took:.0f} s until it serves ({answer})"] if took > _HEALS_S else [], f"serves after {took:.1f} s", seconds=round(took, 1),
                  connections=cut)  # fmt: skip
