"""With the cache on and off, the same decisions: random facts over the shipped library on the real engine."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from proxy.catalog.load import change_dates
from proxy.core.records import EntitySummary, Facts
from proxy.policy.authoring.suite import folder_data
from proxy.policy.decision.answer import Stamp, decision
from proxy.policy.decision.cache import CachedDecisionPoint
from proxy.policy.decision.document import input_document
from proxy.policy.decision.shadow import answers
from proxy.policy.engine.evaluator import Evaluator
from proxy.runtime.clock import timestamp
from proxy.runtime.resources import shipped
from testing.examples import examples
from tests.integration.policy.conftest import make_facts

NOW = 1_795_600_800.0
TARGETS = ("far/us", "near/eu", "own/eu", "unknown/x")


@dataclass
class FixedClock:
    seconds: float = NOW

    def now(self):
        return self.seconds

    def monotonic(self):
        return 0.0


class EnginePoint:
    def __init__(self, evaluator):
        self.evaluator = evaluator

    async def decide(self, facts, exchange, now):
        answer = self.evaluator.decide(input_document(facts, exchange, now))
        stamp = Stamp(secrets.token_hex(8), exchange, timestamp(now), "opa")
        return decision(answer, [target for target, _, _ in facts.candidates], stamp)


def registry() -> dict[str, Any]:
    legal = folder_data(shipped("policies"))["data"]
    target = {"deployment": "regional", "operations": ["chat"], "dpa": {"status": "signed"}, "training_use": False}
    return {
        **legal,
        "revision": "t",
        "providers": {"far": {"parent_country": "US"}, "near": {"parent_country": "FR"}, "self": {}},
        "targets": {
            "far/us": {**target, "provider": "far", "operator": "third_party", "processing_regions": ["US"]},
            "near/eu": {**target, "provider": "near", "operator": "third_party", "processing_regions": ["FR"]},
            "own/eu": {**target, "provider": "self", "operator": "self", "processing_regions": ["DE"]},
        },
        "tenants": {"acme": {"id": "acme", "establishments": ["DE"], "hipaa_role": "none", "us_person": False}},
        "activities": {"support": {"id": "support", "purpose": "p", "legal_basis": "A6-1-b"}},
        "exceptions": [],
    }


entities = st.lists(
    st.builds(
        EntitySummary,
        st.sampled_from(["PERSON", "US_SSN", "HEALTH_CONDITION"]),
        st.just(1),
        st.sampled_from([0.2, 0.9]),
    ),
    max_size=2,
    unique_by=lambda entity: entity.type,
).map(tuple)
facts = st.builds(
    Facts,
    phase=st.just("request"),
    tenant=st.sampled_from(["acme", "stranger"]),
    actor=st.sampled_from([("service", "s", None, (), "api_key", False), ("user", "u", "IN", (), "oidc", True)]),
    activity=st.sampled_from(["support", "other"]),
    consent_withdrawn=st.booleans(),
    regions=st.sampled_from([(), (("DE", "declared", 1.0),), (("US", "detected", 0.5),)]),
    region_status=st.sampled_from(["known", "unknown"]),
    minor=st.sampled_from(["no", "yes", "unknown"]),
    restricted=st.booleans(),
    subject_refs=st.just(()),
    operation=st.sampled_from([("chat", "m", False, False, False), ("chat", "m", True, True, False)]),
    status=st.sampled_from(["complete", "partial", "failed"]),
    coverage=st.just(1.0),
    opaque=st.sampled_from([(), (("a", "image/png"),)]),
    language=st.just("en"),
    detectors=st.just(()),
    entities=entities,
    categories=st.sampled_from([(), ("personal",), ("personal", "health")]),
    labels=st.just(()),
    residual_entities=st.sampled_from([0, 1]),
    ingress_region=st.sampled_from(["DE", "US"]),
    candidates=st.permutations([(name, n, n != 2) for n, name in enumerate(TARGETS)]).map(tuple),
)


def test_cache_on_and_off_decide_alike():
    """Every decision from the cache equals a fresh one, for facts asked again in any order."""
    with Evaluator.open(shipped("policies"), None, registry()) as evaluator:
        fresh = EnginePoint(evaluator)

        @examples(60, HealthCheck.too_slow)
        @given(st.lists(facts, min_size=1, max_size=6), st.data())
        def check(asked, data):
            async def run():
                cache = CachedDecisionPoint(fresh, 3, 60, ("2026-12-01",), FixedClock())
                for one in data.draw(st.permutations(asked + asked)):
                    remembered = await cache.decide(one, "r", NOW)
                    again = await fresh.decide(one, "r", NOW)
                    assert answers(remembered) == answers(again)
                    assert remembered.targets == again.targets
                    assert without_ids(remembered.document) == without_ids(again.document)

            asyncio.run(run())

        check()


def without_ids(document):
    return orjson.dumps({**document, "decision_id": ""}, option=orjson.OPT_SORT_KEYS)


@pytest.mark.parametrize(
    ("dated", "ends"),
    [
        ({"dpa": {"status": "signed", "expires": "2026-11-26"}}, 1_795_737_600.0),
        ({"dpa": {"status": "signed", "expires": "2026-11-26T09:00:00Z"}}, 1_795_737_600.0),
        ({"dpa": {"status": "signed", "signed_on": "2026-11-27"}}, 1_795_737_600.0),
    ],
)
async def test_a_cached_decision_ends_with_the_day_on_which_its_evidence_changes(dated, ends):
    """A contract holds through its last day: the cache asks again at the midnight after it, not at the one before."""
    data = registry()
    data["targets"]["near/eu"].update(dated, retention_days=0)
    clock = FixedClock(ends - 5)
    asked = make_facts(candidates=(("near/eu", 0, True),), activity="support")
    with Evaluator.open(shipped("policies"), None, data) as evaluator:
        cache = CachedDecisionPoint(EnginePoint(evaluator), 10, 60.0, change_dates(data), clock)
        before = (await cache.decide(asked, "r", clock.now())).permit
        clock.seconds = ends
        after = (await cache.decide(asked, "r", clock.now())).permit
    assert (before, after) == ("expires" in dated["dpa"], "signed_on" in dated["dpa"])
