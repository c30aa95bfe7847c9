"""What a request asks for, as the shipped library sees it: batches under agreements, content that a target trains on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from proxy.catalog import declared
from proxy.codecs.openai.batch_files import FILES_API
from proxy.core.records import DeclaredFacts
from proxy.core.targets.capabilities import Capabilities
from proxy.core.wire import Incoming
from proxy.exchange.request import ClientRequest
from proxy.policy.engine.evaluator import Evaluator
from proxy.runtime.resources import shipped
from testing.fakes import CANARY, PRINCIPAL, FixedClock, Stage, catalog, exchange, target
from tests.integration.policy.decision.test_cache_equivalence import NOW, EnginePoint
from tests.unit.codecs.batches.test_upload import chat, form

EXAMPLE = Path(__file__).parents[3] / "contracts" / "example_data_document.json"
BAA = "us-alpha/us"
TRAINING = "apis:\n  train:\n    operation: fine_tune\n    paths: [{path: '/train/{model}', to: '/train'}]\n"


@dataclass
class Remembering(EnginePoint):
    """The engine, and what it decided."""

    evaluator: Evaluator
    decided: list = field(default_factory=list)

    async def decide(self, facts, exchange, now):
        self.decided.append((facts.operation[0], await super().decide(facts, exchange, now)))
        return self.decided[-1][1]


def document(*covered):
    """Return the example of a registry, with an agreement that covers these operations."""
    data = json.loads(EXAMPLE.read_text())
    data["targets"][BAA]["baa"]["operations"] = list(covered)
    data["activities"]["phi-operations"] |= {"allow_stateful": True, "allow_kept": True}
    return data


async def asked(data, api, incoming, tenant, activity, region, *names):
    told = replace(
        exchange(dialect=api.name, path=api.endpoints[0].path, declared=DeclaredFacts(activity, (region,), minor="no")),
        principal=replace(
            PRINCIPAL, tenant=tenant, ingress_region=region[:2], activities=(activity,), default_activity=activity
        ),
    )
    takes = Capabilities(dialects=frozenset({api.name, "openai_chat"}))
    held = catalog(
        *(target(name, accepts=takes) for name in names),
        tenants={tenant: {}},
        activities={activity: {}},
        entity_categories={"EMAIL_ADDRESS": ("personal", "health")},
        data_document=data,
    )
    with Evaluator.open(shipped("policies"), None, data) as evaluator:
        here = Stage(api=api, pdp=Remembering(evaluator), catalog=held, clock=FixedClock(NOW))
        await here.pipeline.handle(ClientRequest(told, api, incoming, here.client))
    return here


@pytest.mark.parametrize("covered", [("chat",), ("batch",), ("chat", "batch")])
async def test_an_agreement_stops_batches_that_it_does_not_cover(covered):
    upload = form(chat("n1", f"write to {CANARY}"))
    here = await asked(document(*covered), FILES_API, upload, "mercy-us", "phi-operations", "US-TX", BAA)
    denials = {
        name: "BAA_SCOPE" in decision.targets[0].denials for name, decision in here.pdp.decided if decision.targets
    }
    wanted = {"chat": "chat" not in covered, "batch": "batch" not in covered}
    assert denials == {name: wanted[name] for name in denials}
    assert ("batch" in denials) is ("chat" in covered)  # a line that may not go refuses the file
    assert len(here.upstreams.sent) == (set(covered) == {"chat", "batch"})


async def test_personal_data_are_not_trained_on_unasked(tmp_path):
    path = tmp_path / "apis.yaml"
    path.write_text(TRAINING)
    [(_, [api])] = declared.read(path).dialects
    body = json.dumps({"text": f"write to {CANARY}"}).encode()
    incoming = Incoming(body, template="/train/{model}", variables={"model": "m"})
    here = await asked(document("chat"), api, incoming, "acme-eu", "support-chat", "DE", "local/eu")
    assert here.client.status == 403
    assert b"FINE_TUNE_PERSONAL_DATA" in here.client.body
    assert here.upstreams.sent == []
