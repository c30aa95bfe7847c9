"""The made worlds of questions: records and rows, and what each way of asking must answer.

Moments are seconds: the first record comes at 0, each further one a second later; ``N d`` is the midnight (UTC) at the
beginning of day N. ``exchanges`` and ``events`` are rows as records would make them: a column that a row leaves out is empty.
A row with ``times`` stands for so many exchanges, whose names (and ``mirror_of``) end with a number.
``holds`` are legal holds, placed at 0 and approved unless they say otherwise.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import orjson
import yaml

from proxy.audit.records import derivation, record
from proxy.audit.records.derivation import Derivation
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.sealing.seal import Batch, BatchSeal
from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification import reading
from proxy.audit.verification.parts import RecordCount
from proxy.audit.verification.reading import SealedEvidence
from proxy.policy.bundles import bundle
from proxy.reports import answer, gathering, registered
from proxy.reports.answer import FoundRows, QueryContext, World
from proxy.reports.catalogue import Question
from proxy.reports.gathering import Gathered
from proxy.reports.parameters import PARAMETERS, ParameterKind
from proxy.reports.relations import Relations

BEGUN = 1_790_000_000  # of the first record, seconds since 1970


_REVISION = "twin"
#: Columns of a relation that a twin leaves out.
_NONE = frozenset({"us_persons", "coverage", "duration_ms", "retain_until", "row_count"})


def packed(registry: Mapping[str, Any]) -> bytes:
    """Return a policy bundle that holds this data document and one empty module."""
    revision = _REVISION
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


def query_context(tenants: Sequence[str] | None = None, signing: AuditSigningKey | None = None) -> QueryContext:
    """Return the asking of an officer."""
    return QueryContext(Requester("officer", "twin"), moment(100), None if tenants is None else tuple(tenants), signing)


def gathered(twin: Mapping[str, Any]) -> Gathered:
    """Return a twin's world: rows as they stand, and what its records make."""
    derived = Derivation()
    records = [_add(derived, second, one) for second, one in enumerate(twin.get("records", ()))]
    derived.end()
    rows = [each for row in twin.get("exchanges", ()) for each in _times(row)]
    derived.exchanges += [_row(derivation.EXCHANGE, place, row) for place, row in enumerate(rows)]
    events = (*twin.get("events", ()), *(event for row in twin.get("holds", ()) for event in _hold(row)))
    derived.events += [_row(derivation.EVENT, place, row) for place, row in enumerate(events)]
    evidence = SealedEvidence(derived, (), (), None, RecordCount(len(records)), 0)
    return gathering.gathered(evidence, {"record": records})


def relations(twin: Mapping[str, Any], about: QueryContext) -> Relations:
    """Return what can be asked of a twin's world."""
    rows = gathered(twin)
    return Relations(rows.tables, about.tenants, about.at, rows.files)


async def ask(question: Question, twin: Mapping[str, Any], given: Mapping[str, Any], about: QueryContext) -> FoundRows:
    """Return what a question finds in a twin's world."""
    [found] = await compose([question], twin, [given], about)
    return found


async def compose(
    questions: Sequence[Question], twin: Mapping[str, Any], given: Sequence[Mapping[str, Any]], about: QueryContext
) -> list[FoundRows]:
    """Return what questions find in a twin's world, each narrowed as the same place of ``given`` says."""
    made = gathered(twin)
    with contextlib.closing(relations(twin, about)) as within:
        world = World(made, twin.get("registry", {}), within)
        pairs = zip(questions, given, strict=True)
        return [await world.find(one, answer.narrowed(one, narrow, about.tenants)) for one, narrow in pairs]


def stand(monkeypatch: Any, twin: Mapping[str, Any], note: str | None = None) -> list[Gathered]:
    """Have every question be asked of a twin's world instead of the database's records; return it, to be changed."""
    made = [replace(gathered(twin), note=note)]

    @asynccontextmanager
    async def moment(*_: Any, **_options: Any) -> AsyncIterator[Gathered]:
        yield made[0]

    async def stored(*_: Any) -> Mapping[str, Any]:
        registry: Mapping[str, Any] = twin.get("registry", {})
        return registry

    monkeypatch.setattr(gathering, "moment", moment)
    monkeypatch.setattr(registered, "stored", stored)
    return made


def _add(derived: Derivation, second: int, one: Mapping[str, Any]) -> tuple[Any, ...]:
    columns = {name: value for name, value in one.items() if name != "facts"}
    body = record.make(record.Columns(at=(BEGUN + second) * 1_000_000, **columns), one["facts"]).body
    made = derived.add("twin", second + 1, bytes(32), body)
    assert made is not None
    batch = Batch("twin", second + 1, second + 1, made.columns.at, made.columns.at, bytes(32), bytes(32))
    return (*reading.row(made, b"", bytes(32), BatchSeal(batch, b""), None), None, None)


def _times(row: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for number in range(row["times"]) if "times" in row else ():
        named = {name: f"{row[name]}{number}" for name in ("exchange", "mirror_of") if name in row}
        yield {**row, **named}
    if "times" not in row:
        yield row


def _row(names: Mapping[str, str], place: int, row: Mapping[str, Any]) -> tuple[Any, ...]:
    at = moment(row.get("at", place))
    values = {"writer": "twin", "seq": place + 1, "hash": "", "facts": "{}", "ended_at": at, **row, "at": at}
    return tuple(values.get(name, None if name in _NONE else _default(kind)) for name, kind in names.items())


def _default(kind: str) -> Any:
    if kind.endswith("[]"):
        return []
    return {"text": "", "bool": False}.get(kind, 0)


def _hold(hold: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the events of a hold."""
    times = {name: moment(hold[name]).isoformat() for name in ("since", "until") if name in hold}
    facts, tenant = {"hold": hold["matter"], "ticket": hold["matter"], **times}, hold.get("tenant", "")
    actions = ("hold_requested", "hold_placed") if hold.get("approved", True) else ("hold_requested",)
    yield from ({"at": 0, "event": one, "tenant": tenant, "facts": orjson.dumps(facts).decode()} for one in actions)


def _seconds(value: Any, expected: Any) -> Any:
    if isinstance(expected, int) and isinstance(value, str):
        return int(datetime.fromisoformat(value).timestamp()) - BEGUN
    return value
