from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import orjson
import pytest

from proxy.audit.records.record import columns_of_record, stored
from proxy.core.records import Obligation
from proxy.embedded.example import quarter
from proxy.embedded.example.kinds import ExchangeKind
from testing import evidence
from testing.fakes import MemoryAudit

PERSON, OTHER = "hmac-sha256:k-00000000:" + "ab" * 32, "hmac-sha256:k-00000000:" + "cd" * 32


@pytest.fixture
async def kind():
    """One kind, as the real entry records it: kept for 400 days, about a person."""
    audit = MemoryAudit(evidence.FixedClock())
    exchange = evidence.exchange("018f0000-0000-7000-8000-000000000000")
    declared = replace(exchange.declared, subject_refs=(PERSON,))
    kept = replace(evidence.VERDICT, obligations=(Obligation("o-retain", "retain", params={"min_days": 400}),))
    used = replace(evidence.COMPLETE, usage=({"input": 100, "output": 40, "cost": 900}, "reported"))
    async with audit.entry(replace(exchange, declared=declared)) as entry:
        entry.note(evidence.inspection(), evidence.facts(subject_refs=(PERSON,)), evidence.decision(targets=(kept,)))
        await entry.intend(evidence.outbound(exchange.id), 1)
        entry.attempted(used)
        entry.settle(evidence.DELIVERED)
    return ExchangeKind.of(
        {"by": "acme/helpdesk", "weekly": 70, "subjects": {"claim": 9}}, exchange.id, audit.records()
    )


def repeated(kind, at, seed=3):
    one = quarter.Drawn(kind, at, "claim-0004")
    return list(quarter.repeated(one, {PERSON: OTHER}, random.Random(seed)))


async def test_a_repeated_exchange_is_another_one_at_another_time(kind):
    at = evidence.NOW - 40 * 86_400
    made = repeated(kind, at)
    assert [record.kind for record in made] == [record.kind for record in kind.records]
    for record in made:
        assert kind.exchange.encode() not in record.body
        assert PERSON.encode() not in record.body
        assert columns_of_record(stored(record.body)) == columns_of_record(record)
        assert abs(record.at / 1e6 - at) < 5
    assert len({record.exchange for record in made}) == 1
    facts = [orjson.loads(record.body)["facts"] for record in made]
    assert facts[0]["caller"]["received_at"] == round(at * 1e6)
    assert facts[0]["caller"]["subject_refs"] == [OTHER]
    assert OTHER in made[0].beside
    assert not {facts[0]["decision_id"]} & kind.decisions


async def test_what_it_used_and_took_goes_together(kind):
    used = [orjson.loads(repeated(kind, evidence.NOW, seed)[-1].body)["facts"]["attempts"][0] for seed in range(30)]
    assert len({one["usage"]["input"] for one in used}) > 10
    for one in used:
        assert one["usage"]["source"] == "reported"
        assert one["usage"]["cost"] / 900 == pytest.approx(one["usage"]["input"] / 100, abs=0.01)


async def test_it_is_kept_as_long_as_policy_obliged_to_from_its_own_day_on(kind):
    before, after = kind.records[-1], repeated(kind, evidence.NOW - 33 * 86_400)[-1]
    days = [date.fromisoformat(orjson.loads(one.body)["facts"]["retain_until"]) for one in (before, after)]
    assert timedelta(days=32) <= days[0] - days[1] <= timedelta(days=33)


async def test_a_seed_draws_the_same_exchanges(kind):
    drawn = [quarter.drawn([[kind]], evidence.NOW, seed, 1.0) for seed in (7, 7, 8)]
    times = [[(one.at, one.person) for one in each] for each in drawn]
    assert times[0] == times[1] != times[2]
    assert times[0] == sorted(times[0])
    assert evidence.NOW - 92 * 86_400 < times[0][0][0] < times[0][-1][0] < evidence.NOW
    assert len(times[0]) == pytest.approx(70 * 13, rel=0.15)
    assert {person.partition("-")[0] for _, person in times[0]} == {"claim"}
