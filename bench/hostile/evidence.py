"""Somebody who owns the database, or a login of one of its roles, changes the evidence."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg

from bench.hostile.rows import Found, judged, row
from bench.hostile.stand import Stand
from proxy.embedded import state
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing import evidence

DAMAGED = 1
_FREE = "SET session_replication_role = replica"
_COLUMNS = ("writer, seq, recorded_at, kind, exchange, attempt, tenant, activity, service, action, target, status, codes, "
            "revision, data_revision, prev, hash, body")  # fmt: skip
Connection = Any
Attack = Callable[[Connection], Awaitable[None]]


def _link(prev: bytes, body: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + prev + body).digest()


async def rewrite(connection: Connection) -> None:
    """Give every decision of a chain to another tenant and recompute all hashes, as somebody who read the code would."""
    writer = await connection.fetchval(
        "SELECT writer FROM audit.record WHERE kind = 'decision' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    rows = await connection.fetch("SELECT * FROM audit.record WHERE writer = $1 ORDER BY seq", writer)
    prev = rows[0]["prev"]
    for one in rows:
        stored = evidence.body_of(one).decode()
        body = stored.replace(f'"tenant":"{one["tenant"]}"', '"tenant":"nobody"') if one["tenant"] else stored
        made = _link(prev, body.encode())
        await connection.execute(
            "UPDATE audit.record SET tenant = $3, prev = $4, hash = $5, body = $6, packed = $7 WHERE writer = $1 AND seq = $2",
            writer, one["seq"], "nobody" if one["tenant"] else "", prev, made, *evidence.repacked(one, body),
        )  # fmt: skip
        prev = made


async def forge(connection: Connection) -> None:
    """Add an exchange that never happened, in a chain and under a seal of its own, as the role that only writes."""
    await connection.execute("SET session_replication_role = origin; SET ROLE proxy_writer; BEGIN")
    await connection.execute(
        "INSERT INTO audit.seal (writer, first_seq, last_seq, first_at, last_at, head, root, signature) VALUES "
        "('forged', 1, 4, now(), now(), sha256(''), sha256(''), sha512(''))"
    )
    writer, prev = "forged", hashlib.sha256(b"genesis:forged").digest()
    told = (
        {"kind": "event", "action": "writer_started"},
        {"kind": "decision", "action": "forward"},
        {"kind": "outcome", "action": "forward"},
        {"kind": "event", "action": "writer_closed"},
    )
    for seq, one in enumerate(told, 1):
        exchange = "" if one["kind"] == "event" else "f" * 32
        columns = {"action": one["action"], "activity": "", "at": 1795705473000000 + seq, "attempt": 0, "codes": [],
                   "data_revision": "", "exchange": exchange, "kind": one["kind"], "revision": "", "service": "",
                   "status": 0, "target": "", "tenant": ""}  # fmt: skip
        body = json.dumps({"columns": columns, "facts": {}}, separators=(",", ":"), sort_keys=True)
        made = _link(prev, body.encode())
        await connection.execute(
            f"INSERT INTO audit.record ({_COLUMNS}) VALUES ($1, $2, to_timestamp($3::float8 / 1e6), $4, $5, 0, '', '', '', $6, '', 0, '{{}}', '', '', $7, $8, $9)",
            writer, seq, columns["at"], one["kind"], exchange, one["action"], prev, made, body,
        )  # fmt: skip
        prev = made
    await connection.execute("COMMIT; RESET ROLE")


def statement(said: str) -> Attack:
    async def run(connection: Connection) -> None:
        await connection.execute(said)

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
_TABLES = ("record", "seal", "leaf", "note")


def _other(dsn: str, name: str) -> str:
    return dsn.replace("/proxy?", f"/{name}?")


async def _run(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def kept(dsn: str) -> str:
    """Copy the evidence as it is now into a database that nobody writes to; return its name."""
    name = "kept"
    await _run(_other(dsn, "postgres"), f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    await migrate(_other(dsn, name), shipped("migrations"))
    source, copy = await asyncpg.connect(dsn), await asyncpg.connect(_other(dsn, name))
    try:
        await copy.execute(_FREE)
        async with source.transaction(isolation="repeatable_read", readonly=True):
            for table in _TABLES:
                rows = io.BytesIO()
                await source.copy_from_query(f"SELECT * FROM audit.{table}", output=rows, format="binary")
                rows.seek(0)
                await copy.copy_to_table(table, schema_name="audit", source=rows, format="binary")
    finally:
        await source.close()
        await copy.close()
    return name


async def ended(stand: Stand, dsn: str, attack: Attack | None, undo: str) -> tuple[int, str]:
    """Attack a copy and verify it; return how that ended."""
    admin, name = _other(dsn, "postgres"), "attacked"
    await _run(admin, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE kept",
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
            await _run(admin, undo)


@row("tampering", f"{len(_ATTACKS)} ways in which the database's owner or a writer changes the evidence", group="evidence", last=True,
     must="each is named by 'audit verify'", patience_s=150)  # fmt: skip
async def tampering(stand: Stand) -> Found:
    """Try each on a copy of the evidence; ``python -m bench.tamper`` tries many more."""
    running = state.running(stand.state_dir)
    if running is None:
        return Found(False, "the stack does not run")
    dsn = running.database_url
    await stand.command("audit", "checkpoint")
    await kept(dsn)
    usual, said = await ended(stand, dsn, None, "")
    missed = [
        name for name, (attack, undo) in _ATTACKS.items() if (await ended(stand, dsn, attack, undo))[0] != DAMAGED
    ]
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
