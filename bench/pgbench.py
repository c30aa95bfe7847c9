"""pgbench as a measure of what the database itself stores: the rows of the log from C, one transaction each."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path

import asyncpg

from proxy.embedded import postgres_files
from proxy.embedded.postgres import EmbeddedPostgres

_KINDS = ("decision", "attempt", "outcome")
_TABLE = """
CREATE SEQUENCE bench_place;
CREATE TABLE bench_record (LIKE audit.record_rest INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING STORAGE);
CREATE TABLE bench_row AS
SELECT DISTINCT ON (kind) * FROM audit.record WHERE kind <> 'event' ORDER BY kind, recorded_at DESC;
VACUUM ANALYZE bench_row
"""
_INSERT = """
INSERT INTO bench_record
SELECT nextval('bench_place'), clock_timestamp(), CURRENT_DATE, attempt, writer, kind, gen_random_uuid()::text, tenant, activity, action,
       target, prev, hash, body, packed
FROM bench_row WHERE kind = '{kind}';
"""


async def prepare(server: EmbeddedPostgres) -> Path:
    """Make the table, and a script for each kind of record; return their folder. The log holds some already."""
    connection = await asyncpg.connect(server.dsn)
    try:
        for statement in _TABLE.split(";"):
            await connection.execute(statement)
    finally:
        await connection.close()
    for kind in _KINDS:
        (server.root / f"{kind}.sql").write_text(_INSERT.format(kind=kind))
    return server.root


async def insert(server: EmbeddedPostgres, folder: Path, clients: int, seconds: float) -> int:
    """Insert rows for so long; return how many.

    Raises:
        RuntimeError: pgbench failed.

    """
    scripts = [word for kind in _KINDS for word in ("-f", str(folder / f"{kind}.sql"))]
    process = await asyncio.create_subprocess_exec(
        _program(server), "-n", "-M", "prepared", "-c", str(clients), "-j", str(os.cpu_count() or 1), "-T", str(round(seconds)), *scripts,
        "-h", server.dsn.partition("host=")[2], "-U", "postgres", "proxy",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await process.communicate())[0].decode()
    found = re.search(r"number of transactions actually processed: (\d+)", said)
    if process.returncode or found is None:
        raise RuntimeError(said)
    return int(found[1])


def _program(server: EmbeddedPostgres) -> str:
    beside = postgres_files.places(server.root).binaries / "pgbench"
    return str(beside) if beside.exists() else shutil.which("pgbench") or "pgbench"
