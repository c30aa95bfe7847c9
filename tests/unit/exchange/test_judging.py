from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.core.decision import contents
from proxy.core.records import Obligation, Outbound, TargetVerdict
from proxy.core.replies.guard import Types
from proxy.core.wire import Wire
from proxy.errors import PolicyUnavailableError
from proxy.exchange.judging import ReplyJudge
from testing.fakes import FakePdp, Stage, decision, exchange, target

TYPES = Types.of({"US_SSN": "govid", "PERSON": "direct"})


async def judge(*, guarded=True, **pdp):
    """Return a judge of replies to one request, and the policy engine that it asks."""
    stage = Stage()
    await stage.run()
    engine = FakePdp(**pdp)
    outbound = Outbound(
        "x", target("a"), TargetVerdict("a", True, 0), Wire("/x", b"{}"), False, {}, (), (), guarded=guarded
    )
    outside = replace(stage.pipeline._ports, pdp=engine)
    return ReplyJudge(outside, exchange(), outbound, stage.pdp.asked[0], TYPES), engine


def answered(action, *due):
    return {"response": decision("a", (TargetVerdict("a", action != "block", 0, (), due),), action)}


async def test_a_denial_of_any_reply_removes_every_type():
    judging, _ = await judge(answers=answered("block"))
    assert await judging.own_rules() == TYPES.every


@pytest.mark.parametrize(
    ("rule", "entities", "types"),
    [("own", ("PERSON",), {"PERSON"}), ("own", (), TYPES.every), ("response.unexpected_entities", ("US_SSN",), set())],
)
async def test_the_organisations_own_rules_are_told_from_the_librarys(rule, entities, types):
    judging, _ = await judge(answers=answered("redact_and_deliver", Obligation(rule, "redact", entities=entities)))
    assert await judging.own_rules() == types


async def test_a_transform_that_replies_do_not_support_withholds_them():
    judging, _ = await judge(answers=answered("deliver", Obligation("own", "pseudonymize", entities=("PERSON",))))
    with pytest.raises(PolicyUnavailableError):
        await judging.own_rules()


async def test_an_obligation_beside_the_reply_needs_somebody_who_carries_it_out():
    judging, _ = await judge(answers=answered("deliver", Obligation("own", "notify")))
    with pytest.raises(PolicyUnavailableError):
        await judging.judge(contents.NOTHING)


async def test_an_unguarded_stream_is_judged_as_one_that_holds_nothing():
    judging, engine = await judge(guarded=False)
    types, permit = await judging.stream_types()
    assert (types, permit.permit) == (frozenset(), True)
    assert [bool(facts.entities) for facts in engine.asked] == [True, False]


@pytest.mark.parametrize("guarded", [True, False])
async def test_a_stream_from_which_something_is_removed_costs_one_question(guarded):
    rules = answered("redact_and_deliver", Obligation("own", "redact", entities=("PERSON",)))
    judging, engine = await judge(guarded=guarded, answers=rules)
    assert (await judging.stream_types())[0] == {"PERSON"}
    assert len(engine.asked) == 1
