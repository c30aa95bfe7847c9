"""What carries content from each origin to each target, for each activity: now, until when, and what ends it.

The rows are decisions of the policy itself over one question for each tenant, activity and origin, with every
target as a candidate. Without personal content nothing is a transfer, so each question is about people.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from proxy.core.targets.canary import Move
from proxy.policy.decision import grid
from proxy.policy.engine.evaluator import Evaluator


@dataclass(frozen=True, slots=True, order=True)
class CarriedFlow:
    """Content of an activity of a tenant about people in an origin (ISO 3166), and a target."""

    tenant: str
    activity: str
    origin: str
    target: str


@dataclass(frozen=True, slots=True)
class Carriage:
    """How a flow is decided on a day: ``mechanisms`` as "REGIME PLACE MECHANISM", or the codes of its denial.

    ``until`` is the last day (ISO) on which it is decided so, and ``then`` what it is from the next day on, "" and None
    where nothing known ends it.
    """

    permit: bool
    mechanisms: tuple[str, ...]
    codes: tuple[str, ...]
    until: str = ""
    then: Carriage | None = None


_CHAT = {"name": "chat", "stream": False, "stateful": False, "tools": False}


def questions(
    data: Mapping[str, Any], day: str, origins: Sequence[str] = (), category: str = ""
) -> Iterator[dict[str, Any]]:
    """Yield an input document as of noon of ``day`` for each tenant, activity and origin.

    Every target is a candidate. Origins are the tenant's establishments where none is named. ``category`` is content
    beside a person's name. Activities that seem alike are asked about each: a rule may name one, or its purpose.
    """
    candidates = [{"target": name, "rank": n, "available": True} for n, name in enumerate(sorted(data["targets"]))]
    for tenant, entry in sorted(data["tenants"].items()):
        for activity, origin in itertools.product(
            sorted(data["activities"]), origins or entry.get("establishments", ())
        ):
            yield {
                **grid.about_people(origin, category),
                "tenant": {"id": tenant},
                "activity": {"id": activity},
                "operation": dict(_CHAT),
                "candidates": candidates,
                "time": f"{day}T12:00:00Z",
            }


def carriages(evaluator: Evaluator, asked: Iterable[Mapping[str, Any]]) -> dict[CarriedFlow, Carriage]:
    """Decide the questions."""
    decided: dict[CarriedFlow, Carriage] = {}
    for document in asked:
        answer = evaluator.outcome(document)
        gates = () if answer.get("targets") else tuple(answer.get("block_codes") or ())
        verdicts = {entry["target"]: entry for entry in answer.get("targets") or ()}
        (region,) = document["data_subjects"]["regions"]
        for name in (candidate["target"] for candidate in document["candidates"]):
            flow = CarriedFlow(document["tenant"]["id"], document["activity"]["id"], region["code"], name)
            decided[flow] = _carriage(verdicts.get(name, {}), gates)
    return decided


def _carriage(verdict: Mapping[str, Any], gates: tuple[str, ...]) -> Carriage:
    crossings = (f"{each['regime']} {each['to']} {each['mechanism']}" for each in verdict.get("transfers") or ())
    codes = tuple(sorted(verdict.get("denials") or ())) or gates
    return Carriage(bool(verdict.get("permit")), tuple(sorted(crossings)), codes)


def kept(evaluator: Evaluator, day: str, move: Move) -> dict[CarriedFlow, Carriage]:
    """Return the flows that policy permits at the old target and not at the new one, with why not.

    About a person's name alone, and beside health data; for each operation of the old target where the move names none.
    """
    stays: dict[CarriedFlow, Carriage] = {}
    operations = [move.operation] if move.operation else evaluator.data["targets"][move.old].get("operations", ())
    model = {"model": move.model} if move.model else {}
    for category, name in itertools.product(("", "health"), operations):
        asked = [
            {
                **document,
                "operation": {**_CHAT, "name": name, **model},
                "candidates": _between(move),
            }
            for document in questions(evaluator.data, day, category=category)
            if move.tenant in {"", document["tenant"]["id"]}
        ]
        decided = carriages(evaluator, asked)
        for flow, carriage in decided.items():
            if flow.target == move.new and not carriage.permit and decided[replace(flow, target=move.old)].permit:
                stays.setdefault(flow, carriage)
    return stays


def _between(move: Move) -> list[dict[str, Any]]:
    return [{"target": name, "rank": rank, "available": True} for rank, name in enumerate((move.new, move.old))]


def shown(carriage: Carriage) -> str:
    """Return how a flow is decided in words: its mechanisms, "at home", or the codes of its denial."""
    if not carriage.permit:
        return ", ".join(carriage.codes)
    return ", ".join(carriage.mechanisms) or "no transfer"


def with_ends(evaluator: Evaluator, day: str, days: Iterable[str], **asked: Any) -> dict[CarriedFlow, Carriage]:
    """Return the carriages of a day, each with its end: the first of the later ``days`` that decides it otherwise."""
    now = carriages(evaluator, questions(evaluator.data, day, **asked))
    for later in sorted(days):
        for flow, carriage in carriages(evaluator, questions(evaluator.data, later, **asked)).items():
            if now[flow].then is None and carriage != replace(now[flow], until="", then=None):
                eve = dt.date.fromisoformat(later) - dt.timedelta(days=1)
                now[flow] = replace(now[flow], until=eve.isoformat(), then=carriage)
    return now


def changes(data: Mapping[str, Any], first: str, last: str) -> Iterator[tuple[str, str, str]]:
    """Yield (day, name, what) of the law that begins or ends after ``first`` and until ``last`` (ISO days)."""
    named = [(name, regime) for name, regime in (data.get("regimes") or {}).items()]
    named += [
        (f"{regime} {step['mechanism']} {step_place['code']}", step_place)
        for regime, entry in (data.get("regimes") or {}).items()
        for step in entry.get("ladder") or ()
        for step_place in step.get("places") or ()
    ]
    named += [
        (f"adequacy {name} {entry.get('code', entry.get('org'))}", entry)
        for name, entries in (data.get("adequacy") or {}).items()
        for entry in entries
    ]
    named += [(f"AI Act Art. 5 {name}", entry) for name, entry in (data.get("ai_practices") or {}).items()]
    dated = []
    for name, entry in named:
        for key, what in (("from", "begins"), ("until", "last day"), ("revoked_at", "revoked")):
            if first < str(entry.get(key, ""))[:10] <= last:
                dated.append((entry[key][:10], name, what))
    yield from sorted(dated)


def stale(data: Mapping[str, Any], today: dt.date) -> Iterator[tuple[str, str]]:
    """Yield (regime, why) of laws to look at again: read too long ago, or with a question that is due."""
    for name, regime in sorted((data.get("regimes") or {}).items()):
        days = regime.get("max_age_days", data.get("max_age_days", 30))
        read = regime.get("as_of") or max(source["checked"] for source in regime["sources"])
        if dt.date.fromisoformat(read[:10]) + dt.timedelta(days=days) < today:
            yield name, f"read on {read[:10]}, more than {days} days ago"
        for point in regime.get("open") or ():
            if point["recheck"][:10] <= today.isoformat():
                yield name, f"look again since {point['recheck'][:10]}: {point['question']}"
