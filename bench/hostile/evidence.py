"""Somebody who owns the database, or a login of one of its roles, changes the evidence."""

from __future__ import annotations

import io
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg

from bench.hostile.rows import Found, judged, row
from bench.hostile.stand import Stand
from bench.tamper import forging
from proxy.audit.records.record import Columns, make
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.embedded import state
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing.standby import sql

#: exit statuses of ``audit verify``
DAMAGED, UNPROTECTED = 1, 4
_FREE = "SET session_replication_role = replica"
#: the tenant of a record's columns, which precede its facts
_TENANT = re.compile(r'^(\{"columns":\{[^{}]*"tenant":")[^"]+')
Connection = Any
Attack = Callable[[Connection], Awaitable[None]]


async def rewrite(connection: Connection) -> None:
    """Give every decision of a chain to another tenant and recompute all hashes, as somebody who read the code would."""
    writer = await connection.fetchval(
        "SELECT writer FROM audit.record WHERE kind = 'decision' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    await forging.relink(connection, writer, lambda body: _TENANT.sub(r"\1nobody", body))
    await connection.execute("UPDATE audit.record SET tenant = 'nobody' WHERE writer = $1 AND tenant <> ''", writer)


async def forge(connection: Connection) -> None:
    """Add an exchange that never happened, in a chain and under a seal of its own, as the role that only writes."""
    await connection.execute("SET session_replication_role = origin; SET ROLE proxy_writer")
    opened, sealer = forging.opening("forged", AuditSigningKey.generate())
    closed = make(Columns(at=forging.NOW + 3, kind="event", action="writer_closed"), {})
    await forging.put(connection, "forged", [opened, *forging.exchange("f" * 32), closed], sealer)
    await connection.execute("RESET ROLE")


def statement(text: str) -> Attack:
    async def run(connection: Connection) -> None:
        await connection.execute(text)

    return run


TAIL = "DELETE FROM audit.record r USING (SELECT writer, max(seq) - 20 AS cut FROM audit.record GROUP BY 1) t WHERE r.writer = t.writer AND r.seq > t.cut"
_VIEW = """
DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW identity.hold_state AS SELECT * FROM (' || rtrim(pg_get_viewdef('identity.hold_state'), ';')
    || ') v WHERE false'; END $$
"""
#: attack -> (how, what undoes it for the whole server; each is tried on a copy of the evidence)
_ATTACKS: Mapping[str, tuple[Attack, str]] = {
    "history rewritten, chain recomputed": (rewrite, ""),
    "an exchange that never happened": (forge, ""),
    "the newest records cut off": (statement(TAIL), ""),
    "truncated": (statement("ALTER TABLE audit.record DISABLE TRIGGER ALL; TRUNCATE audit.record; ALTER TABLE audit.record ENABLE TRIGGER ALL"), ""),
    "everything truncated": (statement("TRUNCATE audit.record, audit.seal, audit.leaf, audit.note"), ""),
    "trigger function emptied": (
        statement("CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"), ""),
    "trigger switched off": (statement("ALTER TABLE audit.record DISABLE TRIGGER record_append_only"), ""),
    "view emptied": (statement(_VIEW), ""),
    "rule added": (statement("CREATE RULE r AS ON INSERT TO audit.record WHERE new.tenant = 'x' DO INSTEAD NOTHING"), ""),
    "reader made owner": (statement("GRANT proxy_owner TO proxy_reader"), "REVOKE proxy_owner FROM proxy_reader"),
    "function's search path taken away": (statement("ALTER FUNCTION audit.head(text) RESET search_path"), ""),
}  # fmt: skip
#: what is verified, and what it is compared with; a partition's rows are its table's
_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN ('audit', 'identity', 'registry', 'master_key')
"""


def _other(dsn: str, name: str) -> str:
    return dsn.replace("/proxy?", f"/{name}?")


async def kept(dsn: str) -> str:
    """Copy the evidence as it is now into a database that nobody writes to; return its name."""
    name = "kept"
    await sql(_other(dsn, "postgres"), f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    await migrate(_other(dsn, name), shipped("migrations"))
    source, copy = await asyncpg.connect(dsn), await asyncpg.connect(_other(dsn, name))
    try:
        await copy.execute(_FREE)
        async with source.transaction(isolation="repeatable_read", readonly=True):
            tables = await source.fetch(_TABLES)
            await copy.execute(f"TRUNCATE {', '.join(f'{schema}.{table}' for schema, table in tables)} CASCADE")
            for schema, table in tables:
                rows = io.BytesIO()
                await source.copy_from_query(f"SELECT * FROM {schema}.{table}", output=rows, format="binary")
                rows.seek(0)
                await copy.copy_to_table(table, schema_name=schema, source=rows, format="binary")
    finally:
        await source.close()
        await copy.close()
    return name


async def ended(stand: Stand, dsn: str, attack: Attack | None, undo: str) -> tuple[int, str]:
    """Attack a copy and verify it; return how that ended."""
    admin, name = _other(dsn, "postgres"), "attacked"
    await sql(admin, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE kept",
              f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")  # fmt: skip
    connection = await asyncpg.connect(_other(dsn, name))
    try:
        await connection.execute(_FREE)
        if attack is not None:
            await attack(connection)
        return await stand.command("audit", "verify", environment={"DATABASE_URL": _other(dsn, name)})
    finally:
        await connection.close()
        if undo:
            await sql(admin, undo)


@row("tampering", f"{len(_ATTACKS)} ways in which the database's owner or a writer changes the evidence", group="evidence", last=True,
     must="each is named by 'audit verify'", patience_s=150)  # fmt: skip
async def tampering(stand: Stand) -> Found:
    """Try each on a copy of the evidence; ``python -m bench.tamper`` tries many more."""
    running = state.running(stand.state_dir)
    if running is None:
        return Found(False, "the stack does not run")
    dsn = running.database_url
    await stand.ask("sales", "Name a bridge.")
    await stand.command("audit", "checkpoint")
    await kept(dsn)
    usual, said = await ended(stand, dsn, None, "")
    statuses = {name: (await ended(stand, dsn, attack, undo))[0] for name, (attack, undo) in _ATTACKS.items()}
    missed = [name for name, status in statuses.items() if status not in {DAMAGED, UNPROTECTED}]
    missed += [] if usual == 0 else [f"untouched evidence is not sound and witnessed but ends with {usual}"]
    last = (said.strip().splitlines() or [""])[-1]
    return judged([f"not noticed: {', '.join(missed)}"] if missed else [], f"{len(_ATTACKS)} named", usual=f"{usual}: {last[:80]}",
                  missed=len(missed))  # fmt: skip


@row("reader becomes owner", "a login with the reader role puts a view of its own before a system table and calls a function of the owner",
     group="evidence", last=True, must="the function runs no code of the caller's as its owner")  # fmt: skip
async def reader(stand: Stand) -> Found:
    """Try it in a transaction that is rolled back."""
    running = state.running(stand.state_dir)
    connection = await asyncpg.connect(running.database_url if running else "")
    ran_as = ""
    try:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(
                "CREATE FUNCTION pg_temp.spy() RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('hostile.ran', current_user::text, false); "
                "RETURN 'advisory'; END $$; GRANT EXECUTE ON FUNCTION pg_temp.spy() TO PUBLIC"
            )
            await connection.execute("SET ROLE proxy_reader")
            await connection.execute(
                "CREATE TEMP VIEW pg_locks AS SELECT * FROM (SELECT pg_temp.spy() AS locktype, 1::smallint AS objsubid, true AS granted, "
                "(SELECT oid FROM pg_database WHERE datname = current_database()) AS database, 0::oid AS classid, 0::oid AS objid "
                "OFFSET 0) q; GRANT SELECT ON pg_temp.pg_locks TO PUBLIC"
            )
            await connection.fetchval("SELECT audit.writer_alive('x')")
            ran_as = await connection.fetchval("SELECT current_setting('hostile.ran', true)") or ""
        except asyncpg.PostgresError as error:
            return Found(True, f"refused: {type(error).__name__}")
        finally:
            await transaction.rollback()
    finally:
        await connection.close()
    owner = ran_as not in {"", "proxy_reader"}
    return judged([f"the caller's code ran as {ran_as}"] if owner else [], "the caller's code did not run as the owner")
