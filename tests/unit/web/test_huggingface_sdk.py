"""Hugging Face's own client against the served proxy; behind it a target that repeats what reached it."""

from __future__ import annotations

from contextlib import asynccontextmanager

import orjson
import pytest

from proxy.core.records import Obligation
from testing.fakes import FakePdp, FakeReply, FakeUpstreams, Stage
from testing.serving import KEY

ADDRESS = "ada@canary-mail.example"
ASKED = f"Write to {ADDRESS} today"
OBLIGED = (Obligation("o1", "pseudonymize"), Obligation("o2", "reidentify_response"), Obligation("o3", "residual_scan"))


def token(index, text, generated=None):
    return {
        "index": index,
        "token": {"id": index, "text": text, "logprob": -0.5, "special": False},
        "generated_text": generated,
        "details": {"finish_reason": "length", "generated_tokens": index, "input_length": 3} if generated else None,
    }


class Repeating(FakeUpstreams):
    """Answers like TGI and TEI."""

    async def send(self, outbound, sender):
        await super().send(outbound, sender)
        assert ADDRESS.encode() not in outbound.wire.body
        said = orjson.loads(outbound.wire.body).get("inputs")
        if outbound.wire.path == "/predict":
            return FakeReply(parts=[orjson.dumps([{"label": said, "score": 0.5}])])
        if not outbound.stream:
            return FakeReply(parts=[orjson.dumps([{"generated_text": said, "details": None}])])
        pieces = [said[at : at + 4] for at in range(0, len(said), 4)]
        events = [token(number, piece) for number, piece in enumerate(pieces, 1)] + [token(len(pieces) + 1, "", said)]
        parts = [b"data:" + orjson.dumps(event) + b"\n\n" for event in events]
        return FakeReply(content_type="text/event-stream", parts=parts)


@asynccontextmanager
async def calling(serve, path="/", key=KEY):
    """Yield the client of one path."""
    hub = pytest.importorskip("huggingface_hub")
    stage = Stage(pdp=FakePdp(OBLIGED), upstreams=Repeating())
    async with serve(stage) as running, hub.AsyncInferenceClient(model=running.url + path, token=key) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/generate", "/models/gpt-4o-mini", "/models/gpt-4o-mini/generate"])
async def test_a_text_is_whole(serve, path):
    async with calling(serve, path) as client:
        assert await client.text_generation(ASKED, max_new_tokens=8) == ASKED


@pytest.mark.parametrize("path", ["/", "/models/gpt-4o-mini"])
async def test_a_text_streams(serve, path):
    async with calling(serve, path) as client:
        assert "".join([piece async for piece in await client.text_generation(ASKED, stream=True)]) == ASKED
        (*_, last) = [one async for one in await client.text_generation(ASKED, stream=True, details=True)]
        assert (last.generated_text, last.details.finish_reason) == (ASKED, "length")


async def test_a_text_is_judged(serve):
    async with calling(serve, "/models/gpt-4o-mini/predict") as client:
        made = await client.text_classification(ASKED)
        assert (made.label, made.score) == (ASKED, 0.5)


async def test_a_picture_in_a_prompt_is_the_callers_fault(serve):
    hub = pytest.importorskip("huggingface_hub")
    async with calling(serve) as client:
        with pytest.raises(hub.errors.ValidationError, match="picture"):
            await client.text_generation("![](https://x.test/a.png) what is it?")


async def test_a_wrong_key_is_told(serve):
    hub = pytest.importorskip("huggingface_hub")
    async with calling(serve, key="cp_none") as client:
        with pytest.raises(hub.errors.ValidationError, match="key"):
            await client.text_generation("hi")
