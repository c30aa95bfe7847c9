"""How many bytes the evidence of an exchange takes, hot and cold, and what takes them: ``python -m bench.stored``.

It starts a whole stack and sends the requests of the tour and those of ``bench.overhead`` with texts that were never seen.
``--requests`` says how many; with few, what is there once weighs more. ``--at-once`` says how many are on their way at a
time: records of one moment share a seal, so a proxy that is asked for one thing after the other stores the most seals.
The log of a running proxy grows with what it was asked for; that of a year has the same of each exchange, and less of all else: ``--filled N`` stores
N exchanges more like these in a log of its own, ``--at-once`` under a seal, makes parts of them, and prints what each takes there.
``--dictionary FILE`` trains one for ``proxy.audit.records.packing`` on the records.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from bench.overhead import bodies
from bench.questions.filling import Filling, Kind
from proxy.audit.access import archiving, proving
from proxy.audit.access.closing import PartCloser
from proxy.audit.records import answers, packing, record
from proxy.audit.records.record import StatedAnswer
from proxy.audit.verification import columnar
from proxy.audit.verification.row_file import RowFile
from proxy.embedded.demo import DEMO_REQUESTS, PATH
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing import evidence
from testing.stack import CommandLine

_DICTIONARY_BYTES = 16_384
_SIZES = ("300", "2k", "2k", "20k")
_KINDS = """
SELECT CASE WHEN kind = 'event' THEN action ELSE kind END AS name, count(*) AS records, sum(octet_length(body::text)) AS body,
       sum(pg_column_size(packed)) AS packed, sum(pg_column_size(r.*)) AS row
FROM audit.record r GROUP BY 1 HAVING count(*) > 3 ORDER BY 5 DESC"""
_RELATIONS = """
SELECT regexp_replace(c.relname, '_2[0-9]{3}_[0-9]{2}', '') AS name, sum(CASE c.relkind WHEN 'i' THEN pg_relation_size(c.oid) ELSE pg_table_size(c.oid) END)::bigint AS bytes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'audit' AND c.relkind IN ('r', 'i') GROUP BY 1 ORDER BY 2 DESC"""


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


def send(line: CommandLine, number: int, at_once: int) -> Counter[int]:
    """Send them, so many at a time; return how often each status came."""

    def sent(request: tuple[dict[str, Any], dict[str, str]]) -> int:
        body, headers = request
        named = {"authorization": f"Bearer {line.key}", "content-type": "application/json", **headers}
        asked = urllib.request.Request(line.stack.proxy_url + PATH, json.dumps(body).encode(), named)
        try:
            with urllib.request.urlopen(asked, timeout=120) as reply:
                reply.read()
                return int(reply.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    with ThreadPoolExecutor(at_once) as threads:
        return Counter(threads.map(sent, requests(number)))


async def tell(dsn: str, before: Mapping[str, int]) -> None:
    """Print bytes for each exchange: of kinds of records, columns, tables and indices, which had sizes ``before``; and of an archive."""
    connection = await asyncpg.connect(dsn)
    exchanges = await connection.fetchval("SELECT count(*) FROM audit.record WHERE kind = 'decision'")
    columns = [row["attname"] for row in await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'audit.record'::regclass AND attnum > 0 ORDER BY attnum")]  # fmt: skip
    kinds = await connection.fetch(_KINDS)
    for row in kinds:
        bytes_of = (f"{row[name] / exchanges:8.0f}" for name in ("body", "packed", "row"))
        print(f"{row['name']:32}{row['records']:8} records:{' '.join(bytes_of)} bytes of JSON, packed, of the row")
    for column in columns:
        held = await connection.fetchval(f'SELECT sum(pg_column_size("{column}")) FROM audit.record')
        print(f"column {column:25}{held / exchanges:8.0f}")
    for name, size in (await sizes(connection)).items():
        if size - before.get(name, 0) > exchanges:
            print(f"{name:32}{(size - before.get(name, 0)) / exchanges:8.0f}")
    hot = (sum((await sizes(connection)).values()) - sum(before.values())) / exchanges
    print(f"hot, with indices, seals, log and parts: {hot:.0f} bytes an exchange")
    print(f"cold, as Parquet of an archive: {await cold(connection) / exchanges:.0f} bytes an exchange")
    await connection.close()


async def sizes(connection: asyncpg.Connection) -> dict[str, int]:
    """Return the bytes of tables and indices."""
    return {row["name"]: row["bytes"] for row in await connection.fetch(_RELATIONS)}


async def sizes_of(dsn: str) -> dict[str, int]:
    """Return them of a database."""
    connection = await asyncpg.connect(dsn)
    try:
        return await sizes(connection)
    finally:
        await connection.close()


async def cold(connection: asyncpg.Connection) -> int:
    """Return the size of all records in the form of an archive."""
    rows = await connection.fetch(
        "SELECT *, audit.content(body, packed) AS content, NULL AS purge FROM audit.record ORDER BY writer, seq"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = RowFile(Path(folder) / "records", columnar.RECORDS)
        firsts = dict.fromkeys({row["writer"] for row in rows}, 1)
        file.add([archiving.written_row(proving.with_body(row), firsts) for row in rows])
        file.end()
        return (Path(folder) / "records").stat().st_size


async def forms(dsn: str) -> list[Kind]:
    """Return the exchanges of a log that were sent, with the answers that they name."""
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT kind, body::text AS body, packed FROM audit.record ORDER BY writer, seq")
    await connection.close()
    every = [record.stored(packing.unpacked(row["packed"] or row["body"].encode())) for row in rows]
    facts = {
        one.target: one.body.partition(b',"facts":')[2][:-1] for one in every if answers.states(one.kind, one.action)
    }
    kinds: dict[str, list[record.Record]] = {}
    for one, row in zip(every, rows, strict=True):
        if one.kind != "event":
            stated = tuple(StatedAnswer(name, facts[name]) for name in answers.named(one.body))
            kinds.setdefault(one.exchange, []).append(one._replace(stated=stated, beside=row["body"]))
    return [tuple(some) for some in kinds.values() if len(some) == 3]


async def fill(folder: Path, kinds: Sequence[Kind], number: int, batch: int) -> None:
    """Store so many exchanges like these, and print the bytes of each."""
    server = EmbeddedPostgres(folder)
    await server.start()
    try:
        await migrate(server.dsn, shipped("migrations"))
        before = await sizes_of(server.dsn)
        day = datetime.now(UTC).date()
        await Filling(server.dsn, batch, kinds).days(day, 1, number)
        while await PartCloser(server.dsn, evidence.SIGNING).once(least=1):
            pass
        connection = await asyncpg.connect(server.dsn)
        await connection.execute("VACUUM FULL audit.part")  # parts that were taken up into others
        await connection.close()
        grown = {name: size - before.get(name, 0) for name, size in (await sizes_of(server.dsn)).items()}
        for name, size in grown.items():
            if size > number:
                print(f"  {name:32}{size / number:8.0f}")
        print(f"hot, of {number} exchanges with {batch} under a seal: {sum(grown.values()) / number:.0f} bytes each")
    finally:
        await server.stop()


async def train(dsn: str, path: Path) -> None:
    """Write a dictionary for records like those of a database."""
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT packed FROM audit.record WHERE kind <> 'event'")
    await connection.close()
    samples = [packing.unpacked(row["packed"]) for row in rows]
    path.write_bytes(packing.trained(samples, _DICTIONARY_BYTES))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.stored")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--filled", type=int, default=0)
    parser.add_argument("--dictionary", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        line = CommandLine(Path(folder) / "state", PROXY_DETECTION_DEADLINE_S="60", PROXY_DETECTION_QUEUE="1000")
        line.start()
        try:
            before = asyncio.run(sizes_of(line.stack.database_url))
            print("statuses:", dict(send(line, options.requests, options.at_once)))
            asyncio.run(asyncio.sleep(1))  # outcomes that nobody waits for
            asyncio.run(tell(line.stack.database_url, before))
            if options.filled:
                kinds = asyncio.run(forms(line.stack.database_url))
                asyncio.run(fill(Path(folder) / "filled", kinds, options.filled, options.at_once))
            if options.dictionary is not None:
                asyncio.run(train(line.stack.database_url, options.dictionary))
        finally:
            line.stop()


if __name__ == "__main__":
    main()
