"""The supervised processes: how each starts, is probed, and ends with all its children."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from proxy.embedded.postgres import EmbeddedPostgres
from proxy.embedded.watchdog import alive
from proxy.errors import ConfigurationError
from proxy.keys.master_key import handed
from proxy.runtime.process import sighup_blocked

#: Whether a part answers; must not raise.
Probe = Callable[[], Awaitable[bool]]
#: Runs once, before a part starts for the first time.
Preparation = Callable[[], Awaitable[None]]

_POLL_S = 0.03
_GONE_POLLS = 30


class PartError(Exception):
    """A part did not start."""


class StackPart(Protocol):
    """A part that the supervisor keeps running. ``start`` may be called again after the part has ended."""

    name: str
    needs: tuple[str, ...]  # names of the parts that must be up first

    @property
    def group(self) -> int | None:
        """The process group, once started."""
        ...

    async def prepare(self) -> None:
        """Run once before the first start."""
        ...

    async def start(self, started: Callable[[int], None]) -> None:
        """Start and wait until it answers; ``started`` is called with the process group as soon as there is one.

        Raises:
            PartError: it ended, or did not answer in time.

        """
        ...

    async def ended(self) -> None:
        """Return when the process has ended."""
        ...

    async def healthy(self) -> bool:
        """Whether it answers now."""
        ...

    async def stop(self) -> None:
        """End the process and its children."""
        ...


@dataclass
class ProcessPart:
    """A command in a process group of its own, its output in ``log``."""

    name: str
    command: Callable[[], Sequence[str]]
    probe: Probe
    log: Path
    environment: Callable[[], Mapping[str, str]]
    needs: tuple[str, ...] = ()
    preparation: Preparation | None = None
    master_key: Callable[[], str] | None = None  # passed through a pipe
    check: Probe | None = None  # used once it is up (default: the start probe)
    start_s: float = 90.0
    stop_s: float = 8.0
    descriptors: tuple[int, ...] = ()  # inherited by it
    process: asyncio.subprocess.Process | None = None

    @property
    def group(self) -> int | None:
        """The process group, once started."""
        return self.process.pid if self.process is not None else None

    async def prepare(self) -> None:
        """Run the preparation."""
        if self.preparation is not None:
            await self.preparation()

    async def start(self, started: Callable[[int], None]) -> None:
        """Start the command and poll until it answers."""
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with (
            open(descriptor, "wb") as log,  # noqa: PTH123, ASYNC230
            sighup_blocked(),
            self._handed() as (variables, passed),
        ):
            self.process = await asyncio.create_subprocess_exec(
                *self.command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**self.environment(), **variables},
                pass_fds=(*passed, *self.descriptors),
                start_new_session=True,
            )
        started(self.process.pid)
        try:
            async with asyncio.timeout(self.start_s):
                while not await self.probe():
                    if self.process.returncode is not None:
                        raise PartError(f"{self.name} ended at once (exit {self.process.returncode}); see {self.log}")
                    await asyncio.sleep(_POLL_S)
        except TimeoutError as error:
            raise PartError(f"{self.name} did not answer within {self.start_s:.0f} s; see {self.log}") from error

    def _handed(self) -> contextlib.AbstractContextManager[tuple[Mapping[str, str], tuple[int, ...]]]:
        return contextlib.nullcontext(({}, ())) if self.master_key is None else handed(self.master_key())

    async def ended(self) -> None:
        """Wait for the process."""
        if self.process is not None:
            await self.process.wait()

    async def healthy(self) -> bool:
        """Check, or probe if there is no separate check."""
        return await (self.check or self.probe)()

    async def stop(self) -> None:
        """Send SIGTERM to the process, then SIGKILL to the rest of its group."""
        process, self.process = self.process, None
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), self.stop_s)
        await _kill_group(process.pid)
        await process.wait()


@dataclass
class PostgresPart:
    """The embedded database as a part."""

    server: EmbeddedPostgres
    name: str = "postgres"
    needs: tuple[str, ...] = ()

    @property
    def group(self) -> int | None:
        """The server leads its own process group."""
        return self.server.process.pid if self.server.process is not None else None

    async def prepare(self) -> None:
        """Nothing: the server creates its data directory itself."""

    async def start(self, started: Callable[[int], None]) -> None:
        """Start the server unless it is running; its group is known before it answers."""
        process = self.server.process
        if process is not None and process.returncode is None:
            started(process.pid)
            return
        try:
            async with asyncio.TaskGroup() as tasks:
                starting = tasks.create_task(self.server.start())
                while self.group is None and not starting.done():  # noqa: ASYNC110 - the server object has no event
                    await asyncio.sleep(_POLL_S)
                if self.group is not None:
                    started(self.group)
        except* (ConfigurationError, OSError) as group:
            raise PartError(str(group.exceptions[0])) from group

    async def ended(self) -> None:
        """Wait for the server."""
        if self.server.process is not None:
            await self.server.process.wait()

    async def healthy(self) -> bool:
        """Query it."""
        return await self.server.healthy()

    async def stop(self) -> None:
        """Shut down fast, then kill the rest."""
        group = self.group
        await self.server.stop()
        if group is not None:
            await _kill_group(group)


async def _kill_group(group: int) -> None:
    """Kill the rest of a process group, and wait a moment until it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    for _ in range(_GONE_POLLS):
        if not alive(group):
            return
        await asyncio.sleep(_POLL_S)
