"""What somebody who read the code needs for a forgery: chains recomputed, seals made anew, exchanges invented."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from proxy.audit.records import answers
from proxy.audit.records.record import Columns, Head, Record, genesis, link, make, stored
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.seal import BatchSealer
from proxy.audit.writing.session import _COLUMNS as COLUMNS
from proxy.audit.writing.session import STATEMENTS, _sealed, batched, chained
from testing import evidence

Connection = Any
NOW = 1_795_705_473_000_000
_INSERT = (
    f"INSERT INTO audit.record ({', '.join(COLUMNS)}, day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
    "$14, audit.day_of_record($4, $9, $5, $10, $3))"
)


async def rows(connection: Connection, writer: str) -> list[Any]:
    """Return the records of a chain in order."""
    return list(await connection.fetch("SELECT * FROM audit.record WHERE writer = $1 ORDER BY seq", writer))


async def relink(connection: Connection, writer: str, change: Callable[[str], str]) -> None:
    """Change every body of a chain and compute all hashes again."""
    prev = genesis(writer).hash
    for row in await rows(connection, writer):
        body = change(evidence.body_of(row).decode())
        made = link(prev, body.encode())
        await connection.execute(
            "UPDATE audit.record SET prev = $3, hash = $4, body = $5::text::json, packed = $6 WHERE writer = $1 AND seq = $2",
            writer, row["seq"], prev, made, *evidence.repacked(row, body),
        )  # fmt: skip
        prev = made


def exchange(identity: str) -> list[Record]:
    """Return the records of an exchange that never happened."""
    told = {"exchange": identity, "tenant": "acme", "activity": "support", "service": "helpdesk"}
    return [
        make(Columns(at=NOW, kind="decision", action="forward", target="us-1", **told), {}),
        make(Columns(at=NOW + 1, kind="attempt", attempt=1, target="us-1", **told), {}),
        make(Columns(at=NOW + 2, kind="outcome", action="forward", target="us-1", status=200, **told), {}),
    ]


def opening(writer: str, signing: AuditSigningKey) -> tuple[Record, BatchSealer]:
    """Return an opening record with a certificate, and what seals under it."""
    sealer = BatchSealer(signing, "elsewhere")
    facts = sealer.certificate(writer, NOW / 1e6).facts()
    return make(Columns(at=NOW, kind="event", action="writer_started"), facts), sealer


async def put(
    connection: Connection, writer: str, records: Sequence[Record], sealer: BatchSealer | None = None
) -> None:
    """Add records at the end of a chain, sealed in their transaction where somebody seals."""
    last = await connection.fetchrow("SELECT seq, hash FROM audit.head($1)", writer)
    made, _ = chained(writer, Head(last["seq"], last["hash"]) if last else genesis(writer), records)
    async with connection.transaction():
        if sealer is not None:
            await connection.execute(STATEMENTS["add_seal"], *_sealed(sealer.seal(batched(made))))
        await connection.executemany(_INSERT, made)


async def reseal(connection: Connection, writer: str, signing: AuditSigningKey, change: Callable[[str], str]) -> None:
    """Rewrite a chain under a certificate of its own: new opening record, new hashes, one new seal."""
    old = await rows(connection, writer)
    first, sealer = opening(writer, signing)
    kept = _true_to_digests([_record(row, change) for row in old[1:]])
    await connection.execute("DELETE FROM audit.record WHERE writer = $1", writer)
    await connection.execute("DELETE FROM audit.seal WHERE writer = $1", writer)
    await put(connection, writer, [first, *kept], sealer)


def _true_to_digests(records: Sequence[Record]) -> list[Record]:
    """Return records that name the answers that were changed by their new digests."""
    stated = [one for one in records if answers.states(one.kind, one.action)]
    digests = {one.target: hashlib.sha256(one.body.partition(b',"facts":')[2][:-1]).hexdigest() for one in stated}
    made = []
    for one in records:
        body = one.body.decode()
        for before, after in digests.items():
            body = body.replace(before, after)
        made.append(one._replace(target=digests.get(one.target, one.target), body=body.encode()))
    return made


def _record(row: Any, change: Callable[[str], str]) -> Record:
    return stored(change(evidence.body_of(row).decode()).encode())._replace(beside=row["body"])
