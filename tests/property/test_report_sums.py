"""What answers and the monthly report count of one period adds up, whatever happened in it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import timedelta

import pytest

from proxy.reports import catalogue, composing
from testing import twins

_FROM, _DAYS = twins.moment("0 d"), 3
_TENANTS = ("acme", "mercy")
_WHOSE = ("", "", "policy", "caller", "target", "proxy")
_REASONS = ([], ["NO_DPA"], ["NO_BAA", "NO_DPA"], ["targets_down"])
_CONTROLS = {
    "policy": "refused by policy, withheld replies included",
    "caller": "not served: the request was at fault, or its caller left",
    "target": "not served: a target was away or failed",
    "proxy": "not served: a part of this service failed",
}


def _world(chance: random.Random):
    """Yield exchanges of the period, of the day before it and of the day after it."""
    for number in range(120):
        at = (_FROM + timedelta(days=chance.randint(-1, _DAYS), seconds=chance.randrange(86_400))).timestamp()
        responsibility = chance.choice(_WHOSE)
        codes = chance.choice(_REASONS[1:] if responsibility == "policy" else _REASONS) if responsibility else []
        yield {
            "exchange": f"x{number}", "tenant": chance.choice(_TENANTS), "service": chance.choice(["crm", "ehr"]),
            "activity": "support", "at": int(at - twins.BEGUN), "responsibility": responsibility,
            "action": "block" if responsibility else "forward", "codes": codes, "code": codes[0] if codes else "",
            "usage": "" if responsibility else chance.choice(["", "reported", "estimated"]), "decision_id": "d",
        }  # fmt: skip


@pytest.mark.parametrize("tenant", [None, "acme"])
def test_answers_of_a_period_add_up(tenant):
    world = {"exchanges": list(_world(random.Random(29)))}
    period = {"since": _FROM, "until": _FROM + timedelta(days=_DAYS)}
    narrow = {**period, **({"tenant": tenant} if tenant else {})}
    monthly = {part.name: part.question for part in composing.named("monthly").parts}
    asked = [monthly["controls"], monthly["volume"], *(catalogue.named(one) for one in ("AQ-14", "AQ-29", "AQ-30"))]
    about = twins.query_context([tenant] if tenant else None)
    found = asyncio.run(twins.compose(asked, world, [period, period, narrow, narrow, narrow], about))
    controls, volume, refusals, failures, cost = ([*one.rows] for one in found)
    since, until = (int(one.timestamp()) - twins.BEGUN for one in (_FROM, period["until"]))
    mine = [one for one in world["exchanges"] if since <= one["at"] < until and tenant in {None, one["tenant"]}]
    whose = Counter(one["responsibility"] for one in mine)
    counted = {row["control"]: row["exchanges"] for row in controls}
    assert sum(row["exchanges"] for row in volume) == len(mine)
    assert Counter({name: counted[control] for name, control in _CONTROLS.items()}) == whose - Counter({"": len(mine)})
    by_day = Counter()
    for row in volume:
        by_day[row["responsibility"]] += row["exchanges"]
    assert by_day == whose
    failed = Counter()
    for row in failures:
        failed[row["responsibility"]] += row["failed"]
    assert failed == whose - Counter({"": len(mine), "policy": len(mine)})
    reasons = sum(max(1, len(one["codes"])) for one in mine if one["responsibility"] == "policy")
    assert sum(row["refused"] for row in refusals) == reasons, "each refusal stands in a row for each of its reasons"
    assert sum(row["exchanges"] for row in cost) == sum(one["usage"] != "" for one in mine)
