"""A real PostgreSQL with a hot standby that confirms each of its commits."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

from proxy.embedded.postgres import EmbeddedPostgres
from proxy.embedded.postgres_files import places


@dataclass
class Pair:
    """``start`` before use, ``stop`` after; ``fail_over`` once."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.primary = EmbeddedPostgres(self.folder / "primary", self.settings)
        self.standby = EmbeddedPostgres(self.folder / "standby", self.settings)

    @property
    def dsn(self) -> str:
        """The connection string that names both, the standby first."""
        return f"postgresql://postgres@/proxy?host={sockets(self.standby)},{sockets(self.primary)}"

    async def start(self) -> None:
        """Start both; from then on a commit is one on both."""
        await self.primary.start()
        at = places(self.primary.root)
        self.standby.root.mkdir(mode=0o700)
        subprocess.run(
            [*at.prefix, str(at.binaries / "pg_basebackup"), "-h", str(at.sockets), "-U", "postgres",
             "-D", str(places(self.standby.root).data), "-R", "-X", "stream", "-c", "fast"],
            check=True, cwd="/", stdout=subprocess.DEVNULL,
        )  # fmt: skip
        await self.standby.start()
        await sql(self.primary.dsn, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")

    async def kill_primary(self) -> None:
        """Kill the primary with all its sessions."""
        if self.primary.process is not None:
            os.killpg(self.primary.process.pid, signal.SIGKILL)
            await self.primary.process.wait()

    async def promote(self) -> None:
        """Make the standby a primary."""
        await sql(self.standby.dsn, "SELECT pg_promote()")

    async def stop(self) -> None:
        """Stop both."""
        await self.standby.stop()
        await self.primary.stop()


def sockets(server: EmbeddedPostgres) -> str:
    """Return the folder of a server's socket."""
    return parse_qs(urlsplit(server.dsn).query)["host"][0]


async def sql(dsn: str, *statements: str) -> None:
    """Run statements as the administrator."""
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
