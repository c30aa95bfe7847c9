"""What is left of a data subject's key after an erasure, with the master key in hand: ``python -m bench.erased``.

Records exchanges of one person on a scratch server, erases the person as two people do, has the tables of keys written anew
and exports the log. Before and after, every file is searched for the person's name and for the key that made their
references, as it is and as the master key sealed it: whoever finds one of these can tell which records are theirs. And for
its place, which stays so that somebody who asks is told of the erasure; it tells of no record. Prints where each is. Exits
with 1 if what tells of records is left anywhere but in WAL, which the documentation says to let expire.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from proxy.audit.access import exporting
from proxy.audit.upkeep import readings
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.upkeep.readings import Requester
from proxy.audit.writing.log import PostgresAuditLog
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.identity.subject_key import SubjectKey
from proxy.identity.subjects import SubjectKeys
from proxy.policy.decision.document import input_document
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing import evidence

_NAME, _EXCHANGES = "Zebediah Quillfeather 1971", 40
_WAL, _PLACE = "WAL", "its place"
Hits = dict[tuple[str, str], int]  # by area and what was searched


async def _served(dsn: str, subjects: SubjectKeys, folder: Path) -> tuple[Mapping[str, bytes], Hits]:
    """Record exchanges, a read and an erasure, and export the log; return what nothing may hold then, and who held it."""
    log = PostgresAuditLog(
        dsn, "proxy-a", evidence.KEYRING, SystemClock(), document=input_document, signing=evidence.SIGNING
    )
    await log.start()
    named = await subjects.of("acme", _NAME)
    for number in range(_EXCHANGES):
        made = evidence.exchange(f"x{number}")
        made = replace(made, declared=replace(made.declared, subject_refs=(named.reference,)))
        async with log.entry(made) as entry:
            entry.note(evidence.inspection(), evidence.facts(subject_refs=(named.reference,)), evidence.decision())
            await entry.intend(evidence.outbound(f"x{number}"), 1)
            entry.attempted(evidence.COMPLETE)
            entry.settle(evidence.DELIVERED)
    connection = await asyncpg.connect(dsn)
    row = await connection.fetchrow("SELECT tenant, lookup, sealed FROM identity.subject_key")
    key = SubjectKey.opened(evidence.KEYRING, *row)
    assert key is not None
    await readings.announce(
        connection, Requester("officer", "access"), "audit ask AQ-10", {"subject": [key.read_token]}, 1
    )
    await readings.record(connection, log)
    needles = {"the name": _NAME.encode(), "the key": key.key, "the key, sealed": row["sealed"], _PLACE: row["lookup"]}
    await connection.execute("CHECKPOINT")
    before = _hits(folder.parent, needles)
    request = await subjects.request_erasure("acme", _NAME, "DSR-7", "alice")
    await subjects.erase(request, "acme", _NAME, "bob")
    await log.event_durable("subject_erased", {"request": request, "keys": 1}, tenant="acme")
    await log.close()
    await Checkpointer(dsn, evidence.SIGNING, ()).once()
    await subjects.forget_destroyed()
    await connection.execute("CHECKPOINT")
    await connection.close()
    reader = await database.connect(dsn, database.READER)
    await exporting.write(reader, folder, await exporting.stretch(reader, None, None), evidence.SIGNING.verifier)
    await reader.close()
    return needles, before


def _area(path: Path) -> str:
    parts = set(path.parts)
    if "pg_wal" in parts:
        return _WAL
    return "export" if "export" in parts else "tables" if parts & {"base", "global"} else "logs and other files"


def _hits(folder: Path, needles: Mapping[str, bytes]) -> Hits:
    """Return in how many places each needle is, by area; as bytes, and as hexadecimal text."""
    hits: Hits = {}
    for path in (one for one in folder.rglob("*") if one.is_file()):
        content, area = path.read_bytes(), _area(path.relative_to(folder))
        for name, needle in needles.items():
            number = content.count(needle) + content.count(needle.hex().encode())
            hits[area, name] = hits.get((area, name), 0) + number
    return hits


async def main() -> int:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        await server.start()
        try:
            await migrate(server.dsn, shipped("migrations"))
            subjects = SubjectKeys(server.dsn, evidence.KEYRING, SystemClock())
            await subjects.start()
            needles, before = await _served(server.dsn, subjects, Path(folder) / "export")
            await subjects.close()
            hits = _hits(Path(folder), needles)
        finally:
            await server.stop()
    areas = sorted({area for area, _ in hits})
    table = Table("area", *needles, caption=f"{_EXCHANGES} exchanges of one person: places before > after the erasure")
    for area in areas:
        table.add_row(area, *(f"{before.get((area, name), 0)} > {hits[area, name]}" for name in needles))
    Console(width=120).print(table)
    left = any(number for (area, name), number in hits.items() if area != _WAL and name != _PLACE)
    return 1 if left or not before["tables", "the key, sealed"] else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
