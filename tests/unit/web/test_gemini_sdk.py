"""Google's own client against the served proxy; behind it a target that repeats what reached it, in either framing."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import pytest
from pydantic import BaseModel

from proxy.core.records import Obligation
from testing.fakes import FakePdp, FakeReply, FakeUpstreams, Stage
from testing.serving import KEY

ADDRESS = "ada@canary-mail.example"
OBLIGED = (Obligation("o1", "pseudonymize"), Obligation("o2", "reidentify_response"), Obligation("o3", "residual_scan"))
MODEL = "gemini-3"
pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class:DeprecationWarning")  # of Google's client


@dataclass
class Repeating(FakeUpstreams):
    """Answers with what ``say`` makes of the document that reached it; ``seen`` are these."""

    say: Any = None
    seen: list[dict[str, Any]] = field(default_factory=list)
    wires: list[Any] = field(default_factory=list)

    async def send(self, outbound, sender):
        await super().send(outbound, sender)
        assert ADDRESS.encode() not in outbound.wire.body
        self.wires.append(outbound.wire)
        self.seen.append(orjson.loads(outbound.wire.body))
        made = self.say(self.seen[-1])
        if not outbound.stream:
            return FakeReply(parts=[orjson.dumps(made)])
        datas = [orjson.dumps(one) for one in made]
        if ("alt", "sse") in outbound.wire.query:
            return FakeReply(content_type="text/event-stream", parts=[b"data: " + data + b"\r\n\r\n" for data in datas])
        array = b"[" + b"\n,\n".join(datas) + b"\n]"
        return FakeReply(parts=[array[at : at + 9] for at in range(0, len(array), 9)])


@asynccontextmanager
async def served(serve, say, *more, **changes):
    """Serve with a target that says what ``say`` makes of a request."""
    stage = Stage(pdp=FakePdp((*OBLIGED, *more)), upstreams=Repeating(say=say), **changes)
    async with serve(stage) as running:
        yield running, stage.upstreams


@asynccontextmanager
async def calling(serve, say, *more, key=KEY):
    """Yield Google's client and that target."""
    genai = pytest.importorskip("google.genai")
    async with served(serve, say, *more) as (running, target):
        yield genai.Client(api_key=key, http_options={"base_url": running.url}).aio, target


def reply(*parts, finish="STOP"):
    said = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    return {
        "candidates": [said | ({"finishReason": finish} if finish else {})],
        "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7},
        "modelVersion": MODEL,
        "responseId": "r1",
    }


def asked(document):
    return document["contents"][-1]["parts"][-1]["text"]


def echo(document):
    return reply({"text": f"You said: {asked(document)}"})


def echoing(document):
    text = f"You said: {asked(document)}"
    pieces = [text[at : at + 4] for at in range(0, len(text), 4)]
    return [*(reply({"text": piece}, finish="") for piece in pieces), reply({"text": "\n"})]


async def test_a_reply_is_whole(serve):
    async with calling(serve, echo) as (client, _):
        made = await client.models.generate_content(model=MODEL, contents=f"Write to {ADDRESS}")
        assert made.text == f"You said: Write to {ADDRESS}"
        assert (made.usage_metadata.total_token_count, made.model_version) == (7, MODEL)


async def test_a_reply_streams(serve):
    async with calling(serve, echoing) as (client, target):
        stream = await client.models.generate_content_stream(model=MODEL, contents=f"To {ADDRESS}")
        chunks = [chunk async for chunk in stream]
        assert "".join(chunk.text for chunk in chunks) == f"You said: To {ADDRESS}\n"
        assert all(chunk.text for chunk in chunks)
        assert chunks[-1].candidates[0].finish_reason == "STOP"
        assert target.wires[0].query == (("alt", "sse"),)


async def test_a_chat_goes_on(serve):
    async with calling(serve, echo) as (client, target):
        chat = client.chats.create(model=MODEL)
        await chat.send_message(f"I am {ADDRESS}")
        assert (await chat.send_message("and you?")).text == "You said: and you?"
        assert [one["role"] for one in target.seen[-1]["contents"]] == ["user", "model", "user"]


async def test_a_tool_is_called_and_answered(serve):
    genai = pytest.importorskip("google.genai")
    tool = genai.types.Tool(
        function_declarations=[
            genai.types.FunctionDeclaration(
                name="mail", parameters_json_schema={"type": "object", "properties": {"to": {"type": "string"}}}
            )
        ]
    )
    config = genai.types.GenerateContentConfig(tools=[tool], system_instruction=f"for {ADDRESS}")

    def say(document):
        last = document["contents"][-1]["parts"][-1]
        if "functionResponse" in last:
            return reply({"text": f"Done: {last['functionResponse']['response']['result']}"})
        return reply({"functionCall": {"name": "mail", "args": {"to": last["text"].removeprefix("Write to ")}}})

    async with calling(serve, say) as (client, target):
        made = await client.models.generate_content(model=MODEL, contents=f"Write to {ADDRESS}", config=config)
        [call] = made.function_calls
        assert (call.name, call.args) == ("mail", {"to": ADDRESS})
        answer = genai.types.Part.from_function_response(name="mail", response={"result": f"sent to {ADDRESS}"})
        turns = [f"Write to {ADDRESS}", made.candidates[0].content, genai.types.Content(role="user", parts=[answer])]
        made = await client.models.generate_content(model=MODEL, contents=turns, config=config)
        assert made.text == f"Done: sent to {ADDRESS}"
        assert len(target.seen) == 2


async def test_structured_output_is_parsed(serve):
    class Person(BaseModel):
        mail: str

    def say(document):
        assert document["generationConfig"]["responseMimeType"] == "application/json"
        return reply({"text": orjson.dumps({"mail": asked(document).removeprefix("Of ")}).decode()})

    async with calling(serve, say) as (client, _):
        config = {"response_mime_type": "application/json", "response_schema": Person}
        made = await client.models.generate_content(model=MODEL, contents=f"Of {ADDRESS}", config=config)
        assert made.parsed == Person(mail=ADDRESS)


async def test_tokens_are_counted_and_texts_embedded(serve):
    async with calling(serve, lambda _: {"totalTokens": 5}) as (client, _):
        assert (await client.models.count_tokens(model=MODEL, contents=f"To {ADDRESS}")).total_tokens == 5
    async with calling(serve, lambda asked: {"embeddings": [{"values": [0.5]}] * len(asked["requests"])}) as (
        client,
        _,
    ):
        made = await client.models.embed_content(model=MODEL, contents=f"To {ADDRESS}")
        assert [one.values for one in made.embeddings] == [[0.5]]


async def test_models_are_listed_for_the_client(serve):
    async with calling(serve, echo) as (client, _):
        names = [one.name async for one in await client.models.list()]
        assert all(name.startswith("models/") for name in names)


@pytest.mark.parametrize("stream", [False, True])
async def test_faults_are_errors_of_the_client(serve, stream):
    genai = pytest.importorskip("google.genai")

    async def ask(client, model=MODEL, **config):
        if not stream:
            return await client.models.generate_content(model=model, contents="hi", config=config)
        return [
            one async for one in await client.models.generate_content_stream(model=model, contents="hi", config=config)
        ]

    async with calling(serve, echo, key="nobody") as (client, _):
        with pytest.raises(genai.errors.ClientError) as told:
            await ask(client)
        assert (told.value.code, told.value.status) == (401, "UNAUTHENTICATED")
    async with calling(serve, echo) as (client, target):
        with pytest.raises(genai.errors.APIError) as told:
            await ask(client, cached_content="cachedContents/x")
        assert told.value.details["error"]["details"][0]["reason"]
        assert target.seen == []


async def test_a_stream_that_breaks_off_is_an_error(serve):
    genai = pytest.importorskip("google.genai")
    async with calling(serve, lambda _: [reply({"text": "Hello there. " * 40}, finish="")] * 3) as (client, _):
        with pytest.raises(genai.errors.APIError):
            [one async for one in await client.models.generate_content_stream(model=MODEL, contents="hi")]


BODY = orjson.dumps({"contents": [{"parts": [{"text": f"To {ADDRESS}"}]}]})
STREAMED = f"/v1beta/models/{MODEL}:streamGenerateContent"


@pytest.mark.parametrize("how", ["header", "query"])
async def test_an_array_streams_object_by_object(serve, how):
    async with served(serve, echoing) as (running, target):
        path, headers = (STREAMED, {"x-goog-api-key": KEY}) if how == "header" else (f"{STREAMED}?key={KEY}", {})
        running.session.headers.clear()
        async with running.post(BODY, path, **headers) as response:
            assert response.content_type == "application/json"
            made = orjson.loads(await response.read())
        assert (
            "".join(one["candidates"][0]["content"]["parts"][0]["text"] for one in made) == f"You said: To {ADDRESS}\n"
        )
        assert target.wires[0].query == ()


async def test_vertex_paths_lead_to_the_same(serve):
    path = f"/v1/projects/p/locations/l/publishers/google/models/{MODEL}:generateContent"
    async with served(serve, echo) as (running, target), running.post(BODY, path) as response:
        made = orjson.loads(await response.read())
        assert made["candidates"][0]["content"]["parts"] == [{"text": f"You said: To {ADDRESS}"}]
        assert target.wires[0].path.endswith(":generateContent")


@pytest.mark.parametrize(("query", "listed"), [("", True), ("?alt=json", True), ("?alt=sse", False)])
@pytest.mark.parametrize("body", [b"{}", b"no JSON"])
async def test_an_error_of_an_array_is_an_array(serve, query, listed, body):
    async with served(serve, echoing) as (running, _), running.post(body, STREAMED + query) as response:
        told = orjson.loads(await response.read())
        assert (response.status, isinstance(told, list)) == (400, listed)
        assert (told[0] if listed else told)["error"]["status"] == "INVALID_ARGUMENT"
    async with served(serve, echoing) as (running, _):
        running.session.headers.clear()
        async with running.post(body, STREAMED + query) as response:
            assert (response.status, isinstance(orjson.loads(await response.read()), list)) == (401, listed)


async def _until_it_breaks(response):
    said = b""
    try:
        async for chunk in response.content.iter_any():
            said += chunk
    except aiohttp.ClientPayloadError:
        return said
    raise AssertionError(f"it ended cleanly: {response.status} {said!r}")


async def test_an_array_that_breaks_off_says_so_and_stays_an_array(serve):
    pieces = [reply({"text": "Hello there. " * 40}, finish="")] * 3
    async with served(serve, lambda _: pieces) as (running, _), running.post(BODY, STREAMED) as response:
        assert [*orjson.loads(await _until_it_breaks(response))[-1]] == ["error"]
