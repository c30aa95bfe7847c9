"""Write what all migrations together make: ``python -m tests.dump_schema``.

``migrations/schema.sql`` for review, and ``migrations/structure.json`` for ``audit verify`` to compare with.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import tempfile
from pathlib import Path

import asyncpg

from proxy.audit.verification import structure
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped

SCHEMAS = ("audit", "evidence", "identity", "vault", "registry", "installation", "master_key", "export")
HEAD = "-- The sum of all migrations, made by `python -m tests.dump_schema`; not to be applied or edited.\n"
_NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)$\n?", re.MULTILINE)


def dump(server: EmbeddedPostgres, dsn: str) -> str:
    """Return the schema of a database as pg_dump tells it, without versions and settings."""
    assert server._places is not None
    only = [f"--schema={name}" for name in SCHEMAS]
    command = [
        str(server._places.binaries / "pg_dump"),
        "--schema-only",
        *only,
        "--exclude-table=evidence.exchange_2*",
        "--exclude-table=audit.record_2*",
        dsn,
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd="/").stdout
    return HEAD + re.sub(r"\n{3,}", "\n\n", _NOISE.sub("", said)).strip() + "\n"


async def manifest(dsn: str) -> str:
    """Return the structure of a migrated database as it is shipped."""
    connection = await asyncpg.connect(dsn)
    try:
        told = await structure.found(connection)
        told["server"] = {"major version": str(await connection.fetchval(structure.STATEMENTS["server"]))}
    finally:
        await connection.close()
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder), {"fsync": "off"})
        await server.start()
        try:
            await migrate(server.dsn, shipped("migrations"))
            (shipped("migrations") / "schema.sql").write_text(dump(server, server.dsn))
            (shipped("migrations") / structure.FILE).write_text(await manifest(server.dsn))
        finally:
            await server.stop()


if __name__ == "__main__":
    asyncio.run(main())
