"""Typed evidence in bulk: kinds of exchanges by generate_series, month by month, then folded as the product does."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg

from bench.questions import templates
from testing import twins

MONTHS = 10
SUBJECTS = 200_000
_PICKS = 10_000
_ZIPF = 0.6  # how much commoner the common kinds are
SUBJECT = "hmac-sha256:k-00000001:"
_RECORDED = 60_000  # records of the newest exchanges, for the questions that look into one
_OWN = """
stored_at, writer, seq, at, ended_at, exchange, decision_id, conversation, subjects
"""
_FILL = """
INSERT INTO {partition} ({columns}, stored_at, writer, seq, at, ended_at, exchange, decision_id, conversation, subjects)
SELECT {values}, g.at + interval '1 second', 'w' || g.n % 3, g.n, g.at, g.at + interval '900 ms', g.id, 'd-' || g.id, 'c-' || g.n % 5000,
       CASE WHEN t.subjects = '{{}}' THEN t.subjects ELSE ARRAY[$5 || md5((g.n * 7919 % $6)::text)] END
FROM (SELECT n, md5($1 || n::text) AS id, $2::timestamptz + ((n - 1) / $4::float8) * ($3::timestamptz - $2::timestamptz) AS at
      FROM generate_series(1, $4::int) n) g
JOIN bench_pick p ON p.place = g.n % {picks}
JOIN bench_template t ON t.seq = p.kind
"""
_EVENTS = """
INSERT INTO evidence.event (writer, seq, at, event, tenant, activity, service, actor, purpose, command, row_count, grant_id, ticket, approver, facts)
SELECT 'events', n, $1::timestamptz + (n / 40000.0) * ($2::timestamptz - $1::timestamptz),
       (ARRAY['log_read', 'policy_active', 'registry_changed', 'break_glass_approved', 'oversight_closed', 'vault_purged', 'admin_call'])[n % 7 + 1],
       'tenant-' || lpad((n % 22)::text, 2, '0'), 'hiring', 'crm', 'alice', 'review', 'audit ask AQ-14', n % 50, 'bg-' || n % 90, 'INC-1', 'bob',
       '{"by": "alice", "question": "AQ-14", "revision": "twin", "node": "proxy-1"}'
FROM generate_series(1, 40000) n
"""
_RECORDS = """
INSERT INTO audit.record (writer, seq, recorded_at, kind, exchange, attempt, tenant, activity, service, action, target, status, codes,
                          revision, data_revision, prev, hash, body, day)
SELECT 'bench-' || k.kind, row_number() OVER (PARTITION BY k.kind ORDER BY e.at), e.at, k.kind, e.exchange, (k.kind = 'attempt')::int, e.tenant, e.activity,
       e.service, e.action, e.target, e.status, e.codes, 'twin', 'data-1', sha256(''), sha256((e.exchange || k.kind)::bytea),
       '{"facts": {"host": "api.example", "decision": {}}}', audit.day_of(e.exchange)
FROM (SELECT * FROM evidence.exchange WHERE at > $2::timestamptz - interval '20 days' LIMIT $1) e, (VALUES ('decision'), ('attempt'), ('outcome')) k (kind)
"""
#: rollup -> the view of what is summed
_ROLLUPS: Mapping[str, str] = {"day": "day", "entity_day": "entity", "transfer_day": "transfer", "touch": "touch"}
#: column of a rollup that is no key -> how it is summed
_SUMMED: Mapping[str, str] = {
    **{name: f"sum({name})" for name in ("n", "restored", "unfulfilled", "failovers", "found", "sent", "disclosures")},
    "first_at": "min(first_at)", "last_at": "max(last_at)", "sample": "min(sample)",
}  # fmt: skip
#: What the activities and targets of the world declare.
REGISTRY: Mapping[str, Any] = {
    "activities": {name: {"purpose": "dpv:CustomerCare", "legal_basis": "A6-1-b", "necessary_entities": ["PERSON"],
                          "ext": {"ropa": {"categories": ["personal"], "recipients": ["Alpha AI"], "retention": "3 years"}},
                          **({"ai_act": "high"} if name == "hiring" else {})} for name in templates.ACTIVITIES},
    "targets": {name: {"provider": provider, "operator": operator, "processing_regions": [region], "retention_days": 30,
                       "baa": {"ref": f"BAA-{name}", "status": "signed", "signed_on": "2025-01-01", "expires": "2027-12-31", "operations": ["chat"]},
                       "dpa": {"ref": f"DPA-{name}", "status": "signed", "expires": "2027-01-31"}}
                for name, (provider, operator, region) in templates.TARGETS.items()},
}  # fmt: skip


def months(until: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """Return the months of the world, the last one as far as it has come."""
    first = until.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = [(first, until)]
    for _ in range(MONTHS - 1):
        end = found[-1][0]
        found.append(((end - dt.timedelta(days=1)).replace(day=1), end))
    return found[::-1]


async def fill(dsn: str, exchanges: int, until: dt.datetime, said: Callable[[str], None]) -> None:
    """Make so many exchanges with everything that questions read."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB'"
        )
        columns = await _templates(connection)
        indexes = await _without_indexes(connection)
        for since, _ in months(until):
            await connection.execute("SELECT evidence.add_month($1)", since.date())
        await asyncio.gather(
            *(_month(dsn, columns, span, exchanges // MONTHS, n) for n, span in enumerate(months(until)))
        )
        said("exchanges")
        for statement in indexes:
            await connection.execute(statement)
        said("indexes")
        await connection.execute(_EVENTS, months(until)[0][0], until)
        await connection.execute(_RECORDS, min(_RECORDED, exchanges) // 3, until)
        await connection.execute(
            "INSERT INTO registry.bundle (revision, packed) VALUES ('twin', $1)", twins.packed(REGISTRY)
        )
        said("events and records")
        await asyncio.gather(*(_folded(dsn, name) for name in _ROLLUPS))
        await connection.execute("UPDATE evidence.folded SET through = date_trunc('hour', now(), 'UTC')")
        said("rollups")
        await connection.execute("VACUUM ANALYZE")
        said("statistics")
    finally:
        await connection.close()


async def _templates(connection: asyncpg.Connection) -> list[str]:
    """Store the kinds, and which of them each of ten thousand exchanges is; return the columns that they set."""
    await connection.execute(
        "CREATE TABLE bench_template (LIKE evidence.exchange INCLUDING DEFAULTS); CREATE TABLE bench_pick (place int, kind int)"
    )
    kinds = list(templates.drawn())
    columns = sorted({name for kind in kinds for name in kind})
    for number, kind in enumerate(kinds):
        values = {
            **kind,
            "writer": "t",
            "seq": number,
            "at": dt.datetime.now(dt.UTC),
            "ended_at": dt.datetime.now(dt.UTC),
            "exchange": "",
        }
        places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
        await connection.execute(
            f"INSERT INTO bench_template ({', '.join(values)}) VALUES ({places})", *values.values()
        )
    weights = [1 / (number + 1) ** _ZIPF for number in range(len(kinds))]
    ends, grown = [], 0.0
    for weight in weights:
        grown += weight / sum(weights)
        ends.append(grown)
    picks = [
        next((n for n, end in enumerate(ends) if end >= (place * 7919 % _PICKS) / _PICKS), len(kinds) - 1)
        for place in range(_PICKS)
    ]
    await connection.executemany("INSERT INTO bench_pick VALUES ($1, $2)", list(enumerate(picks)))
    await connection.execute("ANALYZE bench_pick; ANALYZE bench_template")
    return [name for name in columns if name != "subjects"]


async def _folded(dsn: str, name: str) -> None:
    """Make a rollup of what is older than this hour, as ``evidence.fold`` would hour by hour."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET synchronous_commit = off; SET work_mem = '256MB'; SET jit = off")
        found = await connection.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 ORDER BY attnum", f"evidence.{name}_folded"
        )  # fmt: skip
        columns = [one["attname"] for one in found]
        values = ", ".join(_SUMMED.get(column, column) for column in columns)
        keys = ", ".join(column for column in columns if column not in _SUMMED)
        await connection.execute(
            f"INSERT INTO evidence.{name}_folded ({', '.join(columns)}) SELECT {values} FROM evidence.each_{_ROLLUPS[name]} "
            f"WHERE stored_at < date_trunc('hour', now(), 'UTC') GROUP BY {keys}"
        )
    finally:
        await connection.close()


async def _without_indexes(connection: asyncpg.Connection) -> list[str]:
    """Drop the indexes of the exchanges, which are made faster afterwards; return what makes them again."""
    found = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'evidence' AND tablename = 'exchange'"
    )
    for one in found:
        await connection.execute(f"DROP INDEX evidence.{one['indexname']}")
    return [one["indexdef"].replace(" ON ONLY ", " ON ") for one in found]


async def _month(
    dsn: str, columns: list[str], span: tuple[dt.datetime, dt.datetime], exchanges: int, number: int
) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        partition = f"evidence.exchange_{span[0]:%Y_%m}"
        query = _FILL.format(
            columns=", ".join(columns),
            values=", ".join(f"t.{name}" for name in columns),
            picks=_PICKS,
            partition=partition,
        )
        async with connection.transaction():
            await connection.execute(f"TRUNCATE {partition}")
            await connection.execute(query, f"m{number}-", *span, exchanges, SUBJECT, SUBJECTS)
    finally:
        await connection.close()
