"""Typed evidence in bulk: kinds of exchanges by generate_series, month by month; rollups are how often each kind occurs.

The rows of a rollup are what its view makes of a kind, times the exchanges of that kind on a day: what the product folds
row by row is computed once for each kind.
"""

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
_SCRATCH = """
CREATE TABLE bench_template (LIKE evidence.exchange INCLUDING DEFAULTS);
CREATE TABLE bench_pick (place int, kind int);
CREATE TABLE bench_month (number int, since timestamptz, until timestamptz, exchanges bigint);
CREATE VIEW bench_row AS
SELECT m.number, n, md5('m' || m.number || '-' || n) AS id, m.since + ((n - 1) / m.exchanges::float8) * (m.until - m.since) AS at, p.kind
FROM bench_month m CROSS JOIN LATERAL generate_series(1, m.exchanges) n JOIN bench_pick p ON p.place = n % {picks};
"""
_FILL = """
INSERT INTO {partition} ({columns}, stored_at, writer, seq, at, ended_at, exchange, decision_id, conversation, subjects)
SELECT {values}, g.at + interval '1 second', 'w' || g.n % 3, g.n, g.at, g.at + interval '900 ms', g.id, 'd-' || g.id, 'c-' || g.n % 5000,
       CASE WHEN t.subjects = '{{}}' THEN t.subjects ELSE ARRAY[$2 || md5((g.n * 7919 % $3::int)::text)] END
FROM bench_row g JOIN bench_template t ON t.seq = g.kind WHERE g.number = $1
"""
#: What is folded: all that is older than this hour.
_OLD = "g.at < date_trunc('hour', now(), 'UTC') - interval '1 second'"
_COUNT = f"""
CREATE TABLE bench_count AS
SELECT c.kind, c.day, c.times, c.first_at, c.last_at, md5('m' || c.number || '-' || c.first) AS sample
FROM (SELECT g.number, g.kind, (g.at AT TIME ZONE 'UTC')::date AS day, count(*) AS times, min(g.at) AS first_at, max(g.at) AS last_at,
             min(g.n) AS first
      FROM bench_row g WHERE {_OLD} GROUP BY 1, 2, 3) c
"""
_FOLD = """
INSERT INTO evidence.{name}_folded ({columns}) SELECT {values}
FROM ({view}) k JOIN bench_count c ON c.kind = extract(epoch FROM k.stored_at) GROUP BY {keys}
"""
#: A subject is touched by few exchanges of a day: these are counted each, by numbers that stand for what they have alike.
_TOUCH = f"""
WITH kinds AS MATERIALIZED (
    SELECT extract(epoch FROM v.stored_at)::int AS kind, v.*, dense_rank() OVER (ORDER BY {{alike}}) AS key FROM ({{view}}) v
), alike AS (
    SELECT DISTINCT ON (key) * FROM kinds
), counted AS (
    SELECT (g.at AT TIME ZONE 'UTC')::date AS day, g.n * 7919 % $2::int AS person, k.key, sum(k.n) AS n, sum(k.disclosures) AS disclosures,
           min(g.at) AS first_at, max(g.at) AS last_at
    FROM bench_row g JOIN (SELECT kind, key, n, disclosures FROM kinds) k USING (kind) WHERE {_OLD} GROUP BY 1, 2, 3
)
INSERT INTO evidence.touch_folded (day, subject, {{alike}}, n, disclosures, first_at, last_at)
SELECT c.day, $1 || md5(c.person::text), {{named}}, c.n, c.disclosures, c.first_at, c.last_at FROM counted c JOIN alike a USING (key)
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
#: column of a rollup that is no key -> what it is of a kind's row and its count
_SUMMED: Mapping[str, str] = {
    **{name: f"sum(k.{name} * c.times)" for name in ("n", "restored", "unfulfilled", "failovers", "found", "sent")},
    "first_at": "min(c.first_at)", "last_at": "max(c.last_at)", "sample": "min(c.sample)",
}  # fmt: skip
_TOUCHED = ("day", "subject", "n", "disclosures", "first_at", "last_at")
_STATISTICS = 20  # at the default of 100, sampling 90 columns of 11 tables takes 50 s of CPU
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
        for number, (since, end) in enumerate(months(until)):
            await connection.execute("SELECT evidence.add_month($1)", since.date())
            await connection.execute(
                "INSERT INTO bench_month VALUES ($1, $2, $3, $4)", number, since, end, exchanges // MONTHS
            )
        await asyncio.gather(*(_month(dsn, columns, since, n) for n, (since, _) in enumerate(months(until))))
        said("exchanges")
        await connection.execute(_COUNT)
        await asyncio.gather(*(_folded(dsn, name) for name in _ROLLUPS))
        await connection.execute("UPDATE evidence.folded SET through = date_trunc('hour', now(), 'UTC')")
        said("rollups")
        await connection.execute("SET maintenance_work_mem = '512MB'")
        for statement in indexes:
            await connection.execute(statement)
        said("indexes")
        await connection.execute(_EVENTS, months(until)[0][0], until)
        await connection.execute(_RECORDS, min(_RECORDED, exchanges) // 3, until)
        await connection.execute(
            "INSERT INTO registry.bundle (revision, packed) VALUES ('twin', $1)", twins.packed(REGISTRY)
        )
        said("events and records")
        await connection.execute("DROP VIEW bench_row; DROP TABLE bench_template, bench_pick, bench_month, bench_count")
        await connection.execute(f"SET default_statistics_target = {_STATISTICS}")
        await connection.execute("VACUUM ANALYZE")
        said("statistics")
    finally:
        await connection.close()


async def _templates(connection: asyncpg.Connection) -> list[str]:
    """Store the kinds, and which of them each of ten thousand exchanges is; return the columns that they set."""
    await connection.execute(_SCRATCH.format(picks=_PICKS))
    kinds = list(templates.drawn())
    columns = sorted({name for kind in kinds for name in kind})
    for number, kind in enumerate(kinds):
        values = {
            **kind,
            "writer": "t",
            "seq": number,
            "stored_at": dt.datetime.fromtimestamp(number, dt.UTC),  # the one column of its views that tells the kind
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
        view = await connection.fetchval("SELECT pg_get_viewdef($1::text::regclass)", f"evidence.each_{_ROLLUPS[name]}")
        view = view.rstrip(";").replace("evidence.exchange e", "bench_template e")
        if name == "touch":
            alike = [one for one in columns if one not in _TOUCHED]
            named = ", ".join(f"a.{one}" for one in alike)
            await connection.execute(_TOUCH.format(alike=", ".join(alike), named=named, view=view), SUBJECT, SUBJECTS)
            return
        of = {one: "c.day" if one == "day" else _SUMMED.get(one, f"k.{one}") for one in columns}
        keys = ", ".join(value for one, value in of.items() if one not in _SUMMED)
        await connection.execute(
            _FOLD.format(name=name, columns=", ".join(columns), values=", ".join(of.values()), view=view, keys=keys)
        )
    finally:
        await connection.close()


async def _without_indexes(connection: asyncpg.Connection) -> list[str]:
    """Drop the indexes of the large tables, which are made faster afterwards; return what makes them again."""
    found = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'evidence' AND tablename IN ('exchange', 'touch_folded') "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint) ORDER BY tablename DESC"
    )
    for one in found:
        await connection.execute(f"DROP INDEX evidence.{one['indexname']}")
    return [one["indexdef"].replace(" ON ONLY ", " ON ") for one in found]


async def _month(dsn: str, columns: list[str], since: dt.datetime, number: int) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        partition = f"evidence.exchange_{since:%Y_%m}"
        values = ", ".join(f"t.{name}" for name in columns)
        async with connection.transaction():
            await connection.execute(f"TRUNCATE {partition}")
            query = _FILL.format(columns=", ".join(columns), values=values, partition=partition)
            await connection.execute(query, number, SUBJECT, SUBJECTS)
    finally:
        await connection.close()
