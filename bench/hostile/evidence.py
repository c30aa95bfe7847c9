"""Somebody who owns the database, or a login of one of its roles, changes the evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg

from bench.hostile.rows import Found, judged, row
from bench.hostile.stand import Stand
from proxy.embedded import state

_FREE = "SET session_replication_role = replica"
_COLUMNS = ("writer, seq, recorded_at, kind, exchange, attempt, tenant, activity, service, action, target, status, codes, "
            "revision, data_revision, prev, hash, body")  # fmt: skip
Connection = Any
Attack = Callable[[Connection], Awaitable[None]]


def _link(prev: bytes, body: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + prev + body).digest()


async def _rewrite(connection: Connection) -> None:
    """Give every decision of a chain to another tenant and recompute all hashes, as somebody who read the code would."""
    writer = await connection.fetchval(
        "SELECT writer FROM audit.record WHERE kind = 'decision' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    rows = await connection.fetch(
        "SELECT seq, tenant, prev, body::text FROM audit.record WHERE writer = $1 ORDER BY seq", writer
    )
    prev = rows[0]["prev"]
    for one in rows:
        body = one["body"].replace(f'"tenant":"{one["tenant"]}"', '"tenant":"nobody"') if one["tenant"] else one["body"]
        made = _link(prev, body.encode())
        await connection.execute(
            "UPDATE audit.record SET tenant = $3, prev = $4, hash = $5, body = $6 WHERE writer = $1 AND seq = $2",
            writer, one["seq"], "nobody" if one["tenant"] else "", prev, made, body,
        )  # fmt: skip
        prev = made


async def _forge(connection: Connection) -> None:
    """Add an exchange that never happened, in a chain of its own, as the role that only writes."""
    await connection.execute("SET session_replication_role = origin; SET ROLE proxy_writer")
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
    await connection.execute("RESET ROLE")


def _statement(statement: str) -> Attack:
    async def run(connection: Connection) -> None:
        await connection.execute(statement)

    return run


_TAIL = "DELETE FROM audit.record r USING (SELECT writer, max(seq) - 20 AS cut FROM audit.record GROUP BY 1) t WHERE r.writer = t.writer AND r.seq > t.cut"
#: attack -> (how, how it is undone; the records are put back after each)
_ATTACKS: Mapping[str, tuple[Attack, str]] = {
    "history rewritten, chain recomputed": (_rewrite, ""),
    "an exchange that never happened": (_forge, ""),
    "the newest records cut off": (_statement(_TAIL), ""),
    "truncated": (_statement("ALTER TABLE audit.record DISABLE TRIGGER ALL; TRUNCATE audit.record; ALTER TABLE audit.record ENABLE TRIGGER ALL"), ""),
    "trigger function emptied": (
        _statement("CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"), "trigger"),
    "trigger switched off": (_statement("ALTER TABLE audit.record DISABLE TRIGGER record_append_only"), "ALTER TABLE audit.record ENABLE TRIGGER record_append_only"),
    "reader made owner": (_statement("GRANT proxy_owner TO proxy_reader"), "REVOKE proxy_owner FROM proxy_reader"),
    "function's search path taken away": (
        _statement("ALTER FUNCTION audit.head(text) RESET search_path"), "path"),
}  # fmt: skip


async def _definitions(connection: Connection) -> dict[str, str]:
    """Return statements that put functions back as they were."""
    wanted = {"trigger": "audit.refuse_change()", "path": "audit.head(text)"}
    return {
        name: await connection.fetchval("SELECT pg_get_functiondef($1::regprocedure)", one)
        for name, one in wanted.items()
    }


async def _noticed(stand: Stand, connection: Connection, attack: Attack, undo: str, usual: int) -> bool:
    """Attack, verify, and put everything back; return whether the verification ended otherwise than usual."""
    await connection.execute(f"{_FREE}; CREATE TABLE IF NOT EXISTS public.kept AS SELECT * FROM audit.record")
    try:
        await attack(connection)
        status, _ = await stand.command("audit", "verify")
    finally:
        await connection.execute(
            f"RESET ROLE; {_FREE}; DELETE FROM audit.record; INSERT INTO audit.record SELECT * FROM public.kept; DROP TABLE public.kept"
        )
        if undo:
            await connection.execute(undo)
    return status != usual


@row("tampering", f"{len(_ATTACKS)} ways in which the database's owner or a writer changes the evidence", group="evidence", known=True, last=True,
     must="each is named by 'audit verify'", patience_s=150)  # fmt: skip
async def tampering(stand: Stand) -> Found:
    """Stop the proxy's writing, and try each with the records put back in between."""
    running = state.running(stand.state_dir)
    if running is None:
        return Found(False, "the stack does not run")
    usual, said = await stand.command("audit", "verify")
    connection = await asyncpg.connect(running.database_url)
    try:
        undone = await _definitions(connection)
        missed = [name for name, (attack, undo) in _ATTACKS.items()
                  if not await _noticed(stand, connection, attack, undone.get(undo, undo), usual)]  # fmt: skip
    finally:
        await connection.close()
    last = (said.strip().splitlines() or [""])[-1]
    return judged([f"not noticed: {', '.join(missed)}"] if missed else [], f"{len(_ATTACKS)} named", usual=f"{usual}: {last[:80]}",
                  missed=len(missed))  # fmt: skip


@row("reader becomes owner", "a login with the reader role puts a view of its own before a system table and calls a function of the owner",
     group="evidence", known=True, last=True, must="the function runs no code of the caller's as its owner")  # fmt: skip
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
