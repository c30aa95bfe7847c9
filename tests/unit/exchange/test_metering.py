from __future__ import annotations

import orjson
import pytest

from proxy.codecs.usage import Meter
from proxy.core.targets.attempts import StreamLimits
from proxy.core.usage import Price, PriceList
from proxy.errors import UpstreamError
from proxy.exchange import metering
from testing.fakes import CHAT, DONE, FakeReply, FakeUpstreams, Stage, catalog, completion, delta, target

USAGE = {"prompt_tokens": 9, "completion_tokens": 4}
EVENTS = "text/event-stream"


async def drained(reply):
    meter = Meter({})
    size, whole = await metering.drained(reply, StreamLimits(), CHAT, meter)
    return size, whole is not None, meter.counts


async def test_a_whole_reply_that_nobody_gets_is_counted():
    body = orjson.dumps({**orjson.loads(completion("x")), "usage": USAGE})
    assert await drained(FakeReply(parts=[body[:9], body[9:]])) == (len(body), True, {"input": 9, "output": 4})


async def test_so_is_a_streamed_one():
    last = b"data: " + orjson.dumps({"choices": [], "usage": USAGE}) + b"\n\n"
    parts = [delta("x", finish="stop"), last, DONE]
    assert await drained(FakeReply(200, EVENTS, parts)) == (len(b"".join(parts)), False, {"input": 9, "output": 4})


@pytest.mark.parametrize("media", ["application/json", EVENTS])
async def test_one_that_cannot_be_read_is_read_to_its_end(media):
    assert await drained(FakeReply(200, media, [b"data: {", b"[[[", b"\n\n"])) == (12, False, {})


async def test_a_refusal_that_fails_to_arrive_is_empty():
    class Broken(FakeReply):
        async def read(self):
            raise UpstreamError

    assert await metering.refusal(Broken()) == b""
    assert await metering.refusal(FakeReply(parts=[b"no"])) == b"no"


async def test_the_record_has_the_cost_of_the_targets_own_model():
    prices = PriceList("EUR", (Price("a", "m-large", 0.0, {"input": 2.5, "output": 10.0}),))
    body = orjson.dumps({**orjson.loads(completion("x")), "usage": USAGE})
    stage = Stage(
        upstreams=FakeUpstreams({"a": FakeReply(parts=[body])}),
        catalog=catalog(target("a", models={"m": "m-large"}), prices=prices),
    )
    await stage.run()
    [attempt] = stage.audit.outcome()[1]["attempts"]
    assert attempt["usage"] == {"input": 9, "output": 4, "cost": 62, "source": "reported"}
