"""A filled log in a folder that stays: its database, and beside it the key that signed it and how it was filled.

A process that opens it later reads what an earlier one filled, which no process can without that key.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from bench.questions.filling import Filling
from proxy.audit.access.closing import PartCloser
from proxy.audit.sealing import signing_key
from proxy.audit.sealing.keys import ORIGIN, AuditSigningKey
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.runtime import private
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped

_KEY, _COUNTS = "audit-signing.pem", "filled.json"


@dataclass(frozen=True, slots=True)
class FilledLog:
    """A log of equal days, the last of which is ``last``; ``seconds``: what filling took, 0 where it was kept."""

    dsn: str = field(repr=False)
    signing: AuditSigningKey = field(repr=False)
    days: int
    exchanges: int
    records: int
    last: dt.date
    seconds: float = 0.0


@asynccontextmanager
async def filled(folder: Path, days: int, each: int, batch: int) -> AsyncIterator[FilledLog]:
    """Yield the log in a folder; where there is none, one of so many days that end yesterday is filled first."""
    postgres = EmbeddedPostgres(folder, {"fsync": "off"})
    await postgres.start()
    try:
        signing = _kept_key(folder)
        if not (folder / _COUNTS).exists():
            began, today = time.monotonic(), dt.datetime.now(dt.UTC).date()
            await migrate(postgres.dsn, shipped("migrations"))
            filling = Filling(postgres.dsn, batch, signing=signing)
            await filling.days(today - dt.timedelta(days=days), days, each)
            await with_parts(postgres.dsn, signing)
            last, spent = today - dt.timedelta(days=1), time.monotonic() - began
            counts = [days, filling.exchanges, filling.records, last.isoformat(), spent]
            private.write(folder / _COUNTS, orjson.dumps(counts))
        days, exchanges, records, named, seconds = orjson.loads((folder / _COUNTS).read_bytes())
        yield FilledLog(postgres.dsn, signing, days, exchanges, records, dt.date.fromisoformat(named), seconds)
    finally:
        await postgres.stop()


async def with_parts(dsn: str, signing: AuditSigningKey) -> None:
    """Sign how far a log has come, and make all its parts."""
    await Checkpointer(dsn, signing).once()
    while await PartCloser(dsn, signing).once(least=1):
        pass


def _kept_key(folder: Path) -> AuditSigningKey:
    path = folder / _KEY
    return signing_key.loaded(path, ORIGIN) if path.exists() else signing_key.create(path, ORIGIN)
