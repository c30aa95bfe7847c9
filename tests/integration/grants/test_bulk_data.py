"""28 CFR 202 with the shipped library: the request that crosses the threshold is itself refused, and its kind after it."""

from __future__ import annotations

import pytest

from proxy.core.decision import bulk
from proxy.policy.decision.document import input_document
from tests.integration.grants.conftest import BULK, NOW
from tests.integration.policy.conftest import make_facts

US = ("shop-us", "shop-support", "US-WA")
FAR = "cn-theta/cn"


def note(n):
    return f"{chr(65 + n)}nn Lee has a question"


async def test_the_crossing_request_is_refused(serve):
    made = await serve(FAR)
    key = await made.key(*US)
    answers = [await made.ask(key, note(n)) for n in range(BULK)]
    again = await made.ask(key, note(0))
    crossing = await made.ask(key, note(BULK))
    assert {answer.status for answer in (*answers, again)} == {200}
    assert crossing.status == 403
    assert await made.denials(FAR) == [[], [], [], [], ["DOJ_BULK_DATA"]]
    counts = [one["facts"]["input"]["data_subjects"]["us_bulk"] for one in await made.records("decision")]
    assert [one["us_persons"] for one in counts] == [1, 2, 3, 3, 4]
    assert {one["category"] for one in counts} == {"covered_identifiers"}
    assert len(made.upstreams.sent) == BULK + 1


async def test_one_request_with_too_many_people_is_refused(serve):
    made = await serve(FAR)
    refused = await made.ask(await made.key(*US), " and ".join(note(n) for n in range(BULK + 1)))
    assert (refused.status, await made.denials(FAR)) == (403, [["DOJ_BULK_DATA"]])


async def test_the_same_subject_counts_once(serve):
    made = await serve(FAR)
    key = await made.key(*US)
    for n in range(BULK + 2):
        assert (await made.ask(key, note(n), subject="patient 7")).status == 200


async def test_a_grant_lifts_nothing_of_it(serve):
    made = await serve(FAR)
    key, grant = await made.key(*US, "break-glass"), await made.grant("shop-us")
    refused = await made.ask(key, " and ".join(note(n) for n in range(BULK + 1)), grant)
    assert (refused.status, await made.denials(FAR)) == (403, [["DOJ_BULK_DATA"]])


async def test_targets_elsewhere_and_other_tenants_are_not_counted(serve):
    made = await serve("us-alpha/us")
    for binding in (US, ("acme-eu", "support-chat", "DE")):
        key = await made.key(*binding)
        assert (await made.ask(key, " and ".join(note(n) for n in range(BULK + 1)))).status == 200
    assert made.us_persons._pool.get_size() == 0
    assert not [one for one in await made.records("decision") if "us_bulk" in one["facts"]["input"]["data_subjects"]]


async def test_without_the_counter_only_targets_under_the_rule_are_refused(serve):
    made = await serve(FAR, "local/us")
    await made.us_persons.close()
    answer = await made.ask(await made.key(*US), note(0))
    assert (answer.status, answer.headers["x-compliance-target"]) == (200, "local/us")
    [decided] = await made.records("decision")
    assert decided["facts"]["input"]["data_subjects"]["us_bulk"] == {"category": "covered_identifiers"}


@pytest.mark.parametrize("stateful", [False, True])
def test_counted_for_exactly_the_targets_that_the_rule_can_refuse(evaluator, stateful):
    document = evaluator.data
    watched = bulk.watch(document).recipients[stateful]
    names = sorted(document["targets"])
    facts = make_facts(
        tenant="shop-us", activity="shop-support", regions=(("US-WA", "declared", 1.0),), ingress_region="US",
        operation=("chat", "m", False, stateful, False), candidates=tuple((n, i, True) for i, n in enumerate(names)),
        us_bulk=("covered_identifiers", BULK + 1),
    )  # fmt: skip
    answer = evaluator.decide(input_document(facts, "r", NOW))
    denied = {one["target"] for one in answer["targets"] if "DOJ_BULK_DATA" in one["denials"]}
    assert denied == set(watched)
    assert FAR in denied
