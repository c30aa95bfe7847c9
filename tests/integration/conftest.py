"""One real PostgreSQL for the whole run; a database of its own for each test module that asks for one."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from proxy.embedded.postgres import EmbeddedPostgres
from proxy.runtime import database
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped

_NUMBERS = itertools.count(1)
_OPTIONS = {"max_connections": "200"}
_MEMORY = Path("/dev/shm")  # where commits are durable and cost nothing; elsewhere they take as long as the disk does


class Server:
    """A server that lives on an event loop of its own, so that tests on any loop can use it."""

    def __init__(self, root: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.postgres = EmbeddedPostgres(root, _OPTIONS)
        self.run(self.postgres.start())
        self.run(migrate(self.postgres.dsn, shipped("migrations")))
        self._admin: asyncpg.Connection = self.run(asyncpg.connect(self.postgres.dsn_of("postgres")))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make a migrated database, yield its connection string, and drop it."""
        name = f"test_{next(_NUMBERS)}"
        self.run(self.named(name))
        yield self.postgres.dsn_of(name)
        self.run(self.drop(name))

    async def drop(self, name: str) -> None:
        await self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def named(self, name: str) -> None:
        """Make a migrated database of this name."""
        await self._admin.execute(f"CREATE DATABASE {name} TEMPLATE proxy STRATEGY FILE_COPY")
        await self._admin.execute(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")  # no template hands that on

    def close(self) -> None:
        self.run(self._admin.close())
        self.run(self.postgres.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else tmp_path_factory.getbasetemp()) as root:
        server = Server(Path(root))
        yield server
        server.close()


@pytest.fixture(scope="module")
def postgres_dsn(postgres_server: Server) -> Iterator[str]:
    """The connection string of a migrated database that this module shares."""
    with postgres_server.database() as dsn:
        yield dsn


@pytest.fixture
def fresh_dsn(postgres_server: Server) -> Iterator[str]:
    """The connection string of a migrated database that this test has for itself."""
    with postgres_server.database() as dsn:
        yield dsn


@pytest.fixture
async def started():
    """Start stores, logs and vaults; all are closed at the end."""
    opened: list[Any] = []

    async def start(store: Any) -> Any:
        await store.start()
        opened.append(store)
        return store

    yield start
    for store in opened:
        await store.close()


@pytest.fixture
async def superuser(fresh_dsn: str):
    """A connection that may do everything, to the database this test has for itself."""
    connection = await asyncpg.connect(fresh_dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def reader(fresh_dsn: str):
    """A connection that acts as the reader, to the database that this test has for itself."""
    connection = await database.connect(fresh_dsn, database.READER)
    yield connection
    await connection.close()
