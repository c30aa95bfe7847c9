"""What is counted of the replies of every dialect equals the target's own numbers, whole and streamed."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import yaml

from proxy.codecs.endpoints import DIALECTS
from proxy.codecs.framing import Frame
from proxy.codecs.usage import Meter
from testing.fakes import FakeReply, FakeUpstreams, Stage, chat

APIS = {api.name: api for _, apis in DIALECTS for api in apis}
CASES = yaml.safe_load((Path(__file__).parent / "golden" / "usage.yaml").read_text())
WHOLE = [pytest.param(case, id=f"{number}-{case['api']}") for number, case in enumerate(CASES) if "whole" in case]
STREAMED = [pytest.param(case, id=f"{number}-{case['api']}") for number, case in enumerate(CASES) if "stream" in case]


class Unchanged:
    def __init__(self, _position):
        pass

    def feed(self, text):
        return text

    def flush(self):
        return ""


@pytest.mark.parametrize("case", WHOLE)
def test_a_whole_reply(case):
    meter = Meter(case.get("headers", {}))
    APIS[case["api"]].opened(orjson.dumps(case["whole"])).count(meter)
    assert meter.counts == case["counts"]


@pytest.mark.parametrize("make", [None, Unchanged], ids=["as it is", "filtered"])
@pytest.mark.parametrize("size", [1, 100_000], ids=["in bytes", "at once"])
@pytest.mark.parametrize("case", STREAMED)
def test_a_streamed_reply(case, make, size):
    api, meter = APIS[case["api"]], Meter({})
    encode = api.framing.encoder()
    raw = b"".join(encode(Frame(name=name), orjson.dumps(event)) for name, event in case["stream"])
    rewriter = api.stream(make, api.framing.media[0], None, meter)
    for start in range(0, len(raw), size):
        rewriter.feed(raw[start : start + size])
    assert meter.counts == case["counts"]


def test_every_api_of_a_model_that_counts_has_a_golden_reply():
    tables = {name: api.reply.usage for name, api in APIS.items() if hasattr(api, "reply") and api.reply.usage.sums}
    tried = {tables[case["api"]].sums for case in CASES}
    assert tables
    assert {name for name, table in tables.items() if table.sums not in tried} == set()


def reply(**more):
    choice = {"index": 0, "message": {"role": "assistant", "content": "usage: 7"}, "finish_reason": "stop"}
    return orjson.dumps({"id": "c", "object": "chat.completion", "model": "m", "choices": [choice], **more})


async def used(upstream_reply, body):
    stage = Stage(upstreams=FakeUpstreams({"a": upstream_reply}))
    await stage.run(body)
    _, facts = stage.audit.outcome()
    return facts["attempts"][0].get("usage")


async def test_the_record_holds_what_the_target_counted():
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
    assert await used(FakeReply(parts=[reply(usage=usage)]), chat()) == {"input": 9, "output": 4, "source": "reported"}


async def test_an_estimate_is_marked_as_one():
    body = chat("word " * 400)
    found = await used(FakeReply(parts=[reply()]), body)
    assert found == {"input": len(body) // 4, "output": len(reply()) // 4, "source": "estimated"}


async def test_bytes_that_are_no_text_are_not_estimated_as_text():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 40_000}}
    found = await used(FakeReply(parts=[reply()]), chat([{"type": "text", "text": "What is it?"}, picture]))
    assert found["input"] < 40


async def test_a_refused_request_used_nothing():
    assert await used(FakeReply(status=400, parts=[b"{}"]), chat()) is None


async def test_a_stream_without_usage_is_estimated_by_its_events():
    piece = b'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
    end = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    found = await used(FakeReply(content_type="text/event-stream", parts=[piece * 9, end]), chat(stream=True))
    assert (found["source"], found["output"]) == ("estimated", 11)
