"""One real PostgreSQL for the whole run; a database of its own for each test module that asks for one."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from proxy.embedded.postgres import EmbeddedPostgres
from proxy.runtime import database
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped

_NUMBERS = itertools.count(1)
_FAST = {"fsync": "off", "full_page_writes": "off", "max_connections": "200"}


class Server:
    """A server that lives on an event loop of its own, so that tests on any loop can use it."""

    def __init__(self, root: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.postgres = EmbeddedPostgres(root, _FAST)
        self.run(self.postgres.start())
        self.run(migrate(self.postgres.dsn, shipped("migrations")))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    def database(self) -> str:
        """Make a migrated database and return its connection string."""
        name = f"test_{next(_NUMBERS)}"
        self.run(self.named(name))
        return self.postgres.dsn_of(name)

    async def named(self, name: str) -> None:
        """Make a migrated database of this name."""
        connection = await asyncpg.connect(self.postgres.dsn_of("postgres"))
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE proxy STRATEGY FILE_COPY")
            await connection.execute(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")  # no template hands that on
        finally:
            await connection.close()

    def close(self) -> None:
        self.run(self.postgres.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("postgres"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def postgres_dsn(postgres_server: Server) -> str:
    """The connection string of a migrated database that this module shares."""
    return postgres_server.database()


@pytest.fixture
def fresh_dsn(postgres_server: Server) -> str:
    """The connection string of a migrated database that this test has for itself."""
    return postgres_server.database()


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
