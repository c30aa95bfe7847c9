from __future__ import annotations

import orjson
import pytest
from prometheus_client import REGISTRY

from proxy.core.records import DeclaredFacts
from proxy.core.statuses import Attempt
from proxy.core.targets.canary import Canary, Split
from proxy.core.targets.registered import Route
from proxy.errors import UpstreamError
from proxy.exchange import mirroring
from testing import evidence as recorded
from testing.fakes import FakePdp, FakeReply, FakeUpstreams, Stage, catalog, completion, target


def staged(share=0.5, tenants=(), **changes):
    route = Route("*", "*", "*", ("a", "b"), canary=Canary("new", share, frozenset(tenants)))
    return Stage(catalog=catalog(target("a"), target("b"), target("new"), routes=(route,)), **changes)


async def asked(stage, number, conversation=""):
    stage.client = type(stage.client)()
    await stage.run(id=f"x{number}", declared=DeclaredFacts("support", conversation=conversation))


def facts(stage, kind):
    return [orjson.loads(recorded.whole(one).body)["facts"] for one in stage.audit.records() if one.kind == kind]


async def test_a_conversation_stays_on_its_side_and_the_record_says_which():
    stage = staged()
    for number in range(40):
        await asked(stage, number, f"c{number % 20}")
    sent = [one.target.id for one in stage.upstreams.sent]
    assert sent[:20] == sent[20:]
    assert {*sent} == {"a", "new"}
    sides = [one["caller"]["split"] for one in facts(stage, "decision")]
    assert [{"canary": "new", "primary": "a"}[side["arm"]] for side in sides] == sent
    assert {(side["target"], side["over"], side["drawn"]) for side in sides} == {("new", "a", True)}


async def test_what_policy_does_not_permit_is_served_as_before():
    stage = staged(1.0, pdp=FakePdp(denied=frozenset({"new"})))
    await asked(stage, 1)
    assert (stage.client.status, [one.target.id for one in stage.upstreams.sent]) == (200, ["a"])


async def test_a_canary_that_fails_costs_nobody_a_reply():
    stage = staged(0.0, ["acme"], upstreams=FakeUpstreams({"new": UpstreamError()}))
    await asked(stage, 1)
    assert (stage.client.status, [one.target.id for one in stage.upstreams.sent]) == (200, ["new", "a"])


async def test_a_refusal_of_the_model_is_on_record():
    reply = orjson.loads(completion(""))
    reply["choices"][0]["finish_reason"] = "content_filter"
    stage = staged(1.0, upstreams=FakeUpstreams({"new": FakeReply(parts=[orjson.dumps(reply)])}))
    await asked(stage, 1)
    [outcome] = facts(stage, "outcome")
    assert outcome["attempts"][0]["refused"] is True
    stage = staged(0.0, upstreams=FakeUpstreams({"new": FakeReply(parts=[orjson.dumps(reply)])}))
    await asked(stage, 1)
    [outcome] = facts(stage, "outcome")
    assert "refused" not in outcome["attempts"][0]


@pytest.mark.parametrize(
    ("changes", "ended"),
    [
        ({}, "complete"),
        ({"status": 503}, "status_5xx"),
        ({"refused": True}, "refused"),
        ({"ended": "timeout"}, "timeout"),
    ],
)
def test_first_calls_are_counted_by_arm(changes, ended):
    call = {
        "number": 1,
        "target": "new",
        "status": 200,
        "ended": "complete",
        "bytes_out": 1,
        "bytes_in": 1,
        "duration_ms": 5,
    }
    labels = {"canary": "new", "arm": "canary", "ended": ended}
    before = REGISTRY.get_sample_value("proxy_split_calls_total", labels) or 0
    mirroring.count_call(Split("canary", "new", "a", drawn=True), Attempt(**call | changes), 0.005)
    mirroring.count_call(Split("canary", "new", "a", drawn=True), Attempt(**call | changes | {"number": 2}), 0.005)
    assert (REGISTRY.get_sample_value("proxy_split_calls_total", labels) or 0) - before == 1
