"""Write what all migrations together make, for ``audit verify`` to compare with: ``python -m tests.dump_schema``."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

import asyncpg

from proxy.audit.verification import structure
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped


async def manifest(dsn: str) -> str:
    """Return the structure of a migrated database as it is shipped."""
    connection = await asyncpg.connect(dsn)
    try:
        told = await structure.structure_of(connection)
        told["server"] = {"major version": str(await connection.fetchval(structure.STATEMENTS["server"]))}
    finally:
        await connection.close()
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        await server.start()
        try:
            await migrate(server.dsn, shipped("migrations"))
            (shipped("migrations") / structure.FILE).write_text(await manifest(server.dsn))
        finally:
            await server.stop()


if __name__ == "__main__":
    asyncio.run(main())
