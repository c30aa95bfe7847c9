"""A target that failed is asked again where no other may serve: only before a byte of the reply, each time by policy."""

from __future__ import annotations

import orjson
import pytest

from proxy.core.targets.access import Access
from proxy.core.targets.attempts import Retry
from proxy.core.targets.registered import Route
from proxy.errors import UpstreamError
from testing.fakes import FakePdp, FakeReply, FakeUpstreams, Stage, catalog, chat, completion, decision, delta, target

TWICE = Access(retry=Retry(2, 10.0, 1.0))
STREAM = "text/event-stream"


def stage(*replies, **changes):
    one = target("a", access=TWICE)
    return Stage(catalog=catalog(one), upstreams=FakeUpstreams({"a": list(replies)}), **changes)


def attempts(done):
    return [(one["number"], one["target"], one["status"]) for one in done.audit.outcome()[1]["attempts"]]


@pytest.mark.parametrize("status", [429, 502, 503, 529])
async def test_a_target_that_is_away_is_asked_again_after_a_while(status):
    here = stage(FakeReply(status), FakeReply(status, retry_after_s=3.0))
    client = await here.run()
    assert client.status == 200
    assert attempts(here) == [(1, "a", status), (2, "a", status), (3, "a", 200)]
    assert 0.5 <= here.paused[0] <= 1.0
    assert 3.0 <= here.paused[1] <= 5.0
    assert [facts.phase for facts in here.pdp.asked if facts.phase != "response"] == ["request", *["fallback"] * 4]


async def test_another_permitted_target_goes_before_a_wait():
    pair = catalog(target("a", access=TWICE), target("b"))
    here = Stage(catalog=pair, upstreams=FakeUpstreams({"a": FakeReply(503)}))
    await here.run()
    assert (attempts(here), here.paused) == ([(1, "a", 503), (2, "b", 200)], [])


async def test_it_ends_with_the_last_fault_and_what_the_target_asked_for():
    here = stage(*[FakeReply(429, retry_after_s=2.0)] * 9)
    client = await here.run()
    assert (client.status, client.headers["retry-after"], len(attempts(here))) == (429, "2", 3)


@pytest.mark.parametrize(
    "reply", [FakeReply(500), FakeReply(504), FakeReply(404), FakeReply(parts=[b"{"]), UpstreamError()]
)
async def test_what_will_not_pass_is_not_repeated(reply):
    here = stage(reply)
    await here.run()
    assert (len(attempts(here)), here.paused) == (1, [])


async def test_a_stream_that_has_begun_is_not_repeated():
    here = stage(FakeReply(200, STREAM, [delta("a" * 400)], UpstreamError()))
    client = await here.run(chat(stream=True))
    assert (client.ended, len(attempts(here)), here.paused) == ("aborted", 1, [])


async def test_policy_may_refuse_the_repetition():
    class Once(FakePdp):
        async def decide(self, facts, exchange, now):
            made = await super().decide(facts, exchange, now)
            return decision(None, (), "block") if facts.phase == "fallback" else made

    here = stage(FakeReply(503), pdp=Once())
    client = await here.run()
    assert (client.status, len(here.upstreams.sent)) == (502, 1)


async def test_a_target_whose_circuit_is_open_is_not_asked_again():
    here = stage(FakeReply(503))
    here.upstreams.before = lambda _: setattr(here.upstreams, "down", frozenset({"a"}))
    client = await here.run()
    assert (client.status, len(here.upstreams.sent)) == (502, 1)


async def test_a_conversation_stays_with_the_target_that_was_drawn_for_it():
    routes = (Route("*", "*", "*", ("a", "b"), {"a": 1, "b": 1}),)
    seen = set()
    for number in range(20):
        here = Stage(catalog=catalog(target("a"), target("b"), routes=routes))
        await here.run(id=f"x{number}")
        seen.add(here.upstreams.sent[0].target.id)
        assert orjson.loads(here.client.body)["model"] == "m"
    assert seen == {"a", "b"}


async def test_where_a_reply_says_it_was_made_is_recorded():
    here = stage(FakeReply(parts=[completion("hi")], region="Sweden Central"))
    await here.run()
    assert [one["region"] for one in here.audit.outcome()[1]["attempts"]] == ["Sweden Central"]
