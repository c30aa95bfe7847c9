"""A count of tokens and the message behind it hold the same texts: these are read once."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from proxy.codecs.endpoints import DIALECTS
from proxy.core.findings import Finding, SegmentFindings, Status
from proxy.core.wire import Incoming
from proxy.detection.detector import PooledDetector
from proxy.exchange.request import ClientRequest
from testing.fakes import FakeClient, Stage, catalog, exchange, target

APIS = {api.name: api for _, apis in DIALECTS for api in apis}

NOTE = " ".join(
    f"Ms Weber asks about her order in week {week} and would like an answer by Friday." for week in range(600)
)
TOOL = {"name": "find", "description": "Finds an order of a customer by number.", "input_schema": {"type": "object"}}
SAID = [{"role": "user", "content": [{"type": "text", "text": NOTE}]}]
CLAUDE = {"model": "m", "system": "You help our customers.", "tools": [TOOL], "messages": SAID}
GEMINI = {"contents": [{"role": "user", "parts": [{"text": NOTE}]}]}
RESPONSE = {"model": "m", "instructions": "You help our customers.", "input": NOTE}
#: API that counts, API that answers, body of both, what only the latter has.
PAIRS = {
    "anthropic": ("anthropic_count_tokens", "anthropic_messages", CLAUDE, {"max_tokens": 9}),
    "vertex": ("anthropic_vertex_count_tokens", "anthropic_messages", CLAUDE, {"max_tokens": 9}),
    "gemini": ("gemini_count_tokens", "gemini_generate", GEMINI, {}),
    "responses": ("openai_responses_tokens", "openai_responses", RESPONSE, {"store": False}),
}


class Pool:
    """Reads every batch, or as many as ``most`` in one call, and counts what it was asked."""

    def __init__(self, most: int = 10_000) -> None:
        self.most, self.asked = most, list[str]()

    def admit(self, tenant, amount, within_s):
        pass

    async def run(self, batches, deadline_s, tenant):
        await asyncio.sleep(0)
        self.asked += [text for batch in batches[: self.most] for text in batch]
        read = [tuple(SegmentFindings((Finding("PERSON", 0, 1, 0.9, "x"),)) for _ in batch) for batch in batches]
        return [*read[: self.most], *[Status.TIMEOUT] * len(batches[self.most :])]


def staged(pool):
    detector = PooledDetector(1, 2.0, 4, 1 << 22, b"k" * 32)
    detector.pool = pool
    return Stage(catalog=catalog(target("a")), detector=detector)


def asked(stage, name, document):
    incoming = Incoming(orjson.dumps(document), variables={"model": "m"} if "gemini" in name else {})
    told = exchange(dialect=name, path=APIS[name].endpoints[0].path)
    return stage.pipeline.handle(ClientRequest(told, APIS[name], incoming, FakeClient()))


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("pair", PAIRS)
async def test_the_message_behind_a_count_reads_nothing_again(pair, at_once):
    counts, answers, document, more = PAIRS[pair]
    stage = staged(pool := Pool())
    calls = [asked(stage, counts, document), asked(stage, answers, {**document, **more})]
    if at_once:
        await asyncio.gather(*calls)
    else:
        for call in calls:
            await call
    assert len(stage.upstreams.sent) == 2
    assert len(pool.asked) == len(set(pool.asked))


async def test_what_was_read_of_a_long_text_before_the_time_was_over_is_not_read_again():
    stage = staged(pool := Pool(most=5))
    for _ in range(12):
        await asked(stage, "anthropic_messages", {**CLAUDE, "max_tokens": 9})
    parts = pool.asked.copy()
    await asked(stage, "anthropic_messages", {**CLAUDE, "max_tokens": 9})
    assert pool.asked == parts, "the whole of it was read, in a few requests"
    assert len(parts) == len(set(parts))
