"""How many bytes the evidence of an exchange takes, as it is stored and as it would be with each answer in its record.

``python -m bench.stored`` starts a whole stack, sends the requests of the tour and those of ``bench.overhead`` with
texts that were never seen, and compares. ``--requests`` says how many.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg

from bench.overhead import bodies
from proxy.embedded.demo import DEMO_REQUESTS, PATH
from testing.stack import CommandLine

_SIZES = ("300", "2k", "2k", "20k")
_COPY = """
CREATE TEMP TABLE before (LIKE audit.record INCLUDING STORAGE);
INSERT INTO before SELECT r.writer, r.seq, r.recorded_at, r.kind, r.exchange, r.attempt, r.tenant, r.activity, r.service, r.action,
    r.target, r.status, r.codes, r.revision, r.data_revision, r.prev, r.hash, audit.whole(r.body), r.day
FROM audit.record r WHERE r.action <> 'answer_stated';
CREATE TEMP TABLE after (LIKE audit.record INCLUDING STORAGE);
INSERT INTO after SELECT * FROM audit.record"""
_BYTES = """
SELECT kind, action = 'answer_stated' AS statement, count(*) AS records, sum(octet_length(body::text)) AS body
FROM {table} t WHERE kind <> 'event' OR action = 'answer_stated' GROUP BY 1, 2 ORDER BY 1"""


def requests(number: int) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Yield bodies and headers; one in fifty is of the tour."""
    made = {size: bodies.make(size) for size in set(_SIZES)}
    for turn in range(number):
        if turn % 50 == 0:
            one = DEMO_REQUESTS[turn // 50 % len(DEMO_REQUESTS)]
            yield one.body(), dict(one.headers)
        else:
            body = made[_SIZES[turn % len(_SIZES)]][turn % bodies.COUNT]
            yield json.loads(bodies.fresh(body, turn)), {}


def send(line: CommandLine, number: int) -> Counter[int]:
    """Send them one after the other; return how often each status came."""
    statuses: Counter[int] = Counter()
    for body, headers in requests(number):
        given = {"authorization": f"Bearer {line.key}", "content-type": "application/json", **headers}
        asked = urllib.request.Request(line.stack.proxy_url + PATH, json.dumps(body).encode(), given)
        try:
            with urllib.request.urlopen(asked, timeout=120) as reply:
                reply.read()
                statuses[reply.status] += 1
        except urllib.error.HTTPError as refused:
            statuses[refused.code] += 1
    return statuses


async def compare(dsn: str) -> None:
    """Print bytes per exchange, of bodies and of the table without indexes."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(_COPY)
    totals = {}
    for table in ("before", "after"):
        rows = await connection.fetch(_BYTES.format(table=table))
        exchanges = next(row["records"] for row in rows if row["kind"] == "decision")
        for row in rows:
            name = "statement" if row["statement"] else row["kind"]
            print(
                f"{table:8}{name:12}{row['records']:8} records, {row['body'] / row['records']:8.0f} bytes of body each"
            )
        stored = await connection.fetchval("SELECT pg_table_size($1::text::regclass)", table)
        totals[table] = [float(size) / exchanges for size in (sum(row["body"] for row in rows), stored)]
    for what, before, after in zip(("bodies", "table on disk"), totals["before"], totals["after"], strict=True):
        print(f"{what:14}{before:8.0f} -> {after:6.0f} bytes per exchange ({after / before:.0%})")
    await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.stored")
    parser.add_argument("--requests", type=int, default=600)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        line = CommandLine(Path(folder) / "state", PROXY_DETECTION_DEADLINE_S="60", PROXY_DETECTION_QUEUE="1000")
        line.start()
        try:
            print("statuses:", dict(send(line, options.requests)))
            asyncio.run(asyncio.sleep(1))  # outcomes that nobody waits for
            asyncio.run(compare(line.stack.database_url))
        finally:
            line.stop()


if __name__ == "__main__":
    main()
