"""The made worlds of questions: records that a writer stored, and what each way of asking must answer.

Moments are seconds: the first record comes at 0, each further one a second later; ``N d`` is the midnight (UTC) at the
beginning of day N. ``exchanges`` and ``events`` are rows of the typed tables: a column that a row leaves out has its default.
``holds`` are legal holds, placed at 0 and approved unless they say otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import asyncpg
import orjson
import yaml

from proxy.audit.records import record
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.readings import Asker
from proxy.audit.writing.log import fresh_writer_id
from proxy.audit.writing.writer import ChainWriter
from proxy.policy.bundles import bundle
from proxy.reports.answer import Enquiry
from proxy.reports.catalogue import Question
from proxy.reports.parameters import PARAMETERS, ParameterKind

BEGUN = 1_790_000_000  # of the first record, seconds since 1970


_DECIDED = {"kind": "decision", "exchange": "decided", "tenant": "twin", "revision": "twin", "facts": {}}
_ASKED = "INSERT INTO identity.two_person_request VALUES ($1, 'place_hold', $2, $3, $4, 'alice', $5)"
_HELD = "INSERT INTO identity.hold (id, matter, tenant, since, until, request) VALUES ($1, $2, $3, $4, $5, $6)"
_BUNDLE = "INSERT INTO registry.bundle (revision, packed) VALUES ($1, $2)"


def packed(registry: Mapping[str, Any]) -> bytes:
    """Return a policy bundle that holds this data document and one empty module."""
    revision = _DECIDED["revision"]
    manifest, data = {"revision": revision, "roots": [""]}, {**registry, "bundle": {"revision": revision}}
    files = {bundle.MANIFEST: orjson.dumps(manifest), bundle.DATA: orjson.dumps(data), "twin.rego": b"package twin"}
    return bundle.pack(files)


def moment(when: int | str) -> datetime:
    """Return a moment of a twin."""
    if isinstance(when, str):
        return datetime.combine(moment(0).date(), time(tzinfo=UTC)) + timedelta(days=int(when.removesuffix(" d")))
    return datetime.fromtimestamp(BEGUN + when, UTC)


def of(question: Question) -> Any:
    """Return a question's twin."""
    return yaml.safe_load((question.folder / "twin.yaml").read_text(encoding="utf-8"))


def narrowed(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a case asks for, with moments."""
    return {
        name: moment(value) if PARAMETERS[name].kind is ParameterKind.MOMENT else value for name, value in case.items()
    }


def shown(row: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a row that a twin names; a moment as seconds where the twin writes it so."""
    return {name: _seconds(row[name], value) for name, value in expected.items()}


def enquiry(tenants: Sequence[str] | None = None, signing: AuditSigningKey | None = None) -> Enquiry:
    """Return the asking of an officer."""
    return Enquiry(Asker("officer", "twin"), moment(100), None if tenants is None else tuple(tenants), signing)


async def store(dsn: str, twin: Mapping[str, Any]) -> None:
    """Store a twin's world: its records as a process would, its typed rows as they stand."""
    records = [*twin.get("records", ()), *([_DECIDED] if "registry" in twin else ())]
    await _store_records(dsn, records)
    connection = await asyncpg.connect(dsn)
    try:
        if "registry" in twin:
            await connection.execute(_BUNDLE, _DECIDED["revision"], packed(twin["registry"]))
        for table, name in (("exchange", "exchanges"), ("event", "events")):
            for place, row in enumerate(twin.get(name, ())):
                await _insert(connection, table, place, row)
        for place, hold in enumerate(twin.get("holds", ())):
            await _hold(connection, place, hold)
    finally:
        await connection.close()


async def _store_records(dsn: str, records: Sequence[Mapping[str, Any]]) -> None:
    writer = ChainWriter(dsn, fresh_writer_id("twin"))
    await writer.start()
    if records:
        await writer.durable(writer.put([_record(second, one) for second, one in enumerate(records)]))
    if not await writer.close(5.0):
        raise TimeoutError("the writer did not end")


async def _insert(connection: asyncpg.Connection, table: str, place: int, row: Mapping[str, Any]) -> None:
    at = moment(row.get("at", place))
    ended = {"ended_at": at} if table == "exchange" else {}
    values = {"writer": "twin", "seq": place + 1, **row, "at": at, **ended}
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await connection.execute(f"INSERT INTO evidence.{table} ({', '.join(values)}) VALUES ({places})", *values.values())


async def _hold(connection: asyncpg.Connection, place: int, hold: Mapping[str, Any]) -> None:
    request, named, at = f"rq_{place:012}", f"hd_{place:012}", moment(0)
    since, until = (moment(hold[name]) if name in hold else None for name in ("since", "until"))
    asked = (request, hold.get("tenant", ""), named, hold["matter"], at)
    await connection.execute(_ASKED, *asked)
    await connection.execute(_HELD, named, hold["matter"], hold.get("tenant"), since, until, request)
    if hold.get("approved", True):
        await connection.execute("INSERT INTO identity.two_person_approval VALUES ($1, 'bob', $2)", request, at)


def _record(second: int, one: Mapping[str, Any]) -> record.Record:
    columns = {name: value for name, value in one.items() if name != "facts"}
    return record.make(record.Columns(at=(BEGUN + second) * 1_000_000, **columns), one["facts"])


def _seconds(value: Any, expected: Any) -> Any:
    if isinstance(expected, int) and isinstance(value, str):
        return int(datetime.fromisoformat(value).timestamp()) - BEGUN
    return value
