"""OpenAI's own client against the served proxy; behind it a target that repeats what reached it."""

from __future__ import annotations

import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import openai
import orjson
import pytest
from pydantic import BaseModel

from proxy.core.records import Obligation
from testing.fakes import FakePdp, FakeReply, FakeUpstreams, Stage
from testing.serving import KEY

ADDRESS = "ada@canary-mail.example"
OBLIGED = (Obligation("o1", "pseudonymize"), Obligation("o2", "reidentify_response"), Obligation("o3", "residual_scan"))


@dataclass
class Repeating(FakeUpstreams):
    """Answers with what ``say`` makes of the document that reached it; ``seen`` are these."""

    say: Any = None
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, outbound, sender):
        await super().send(outbound, sender)
        assert ADDRESS.encode() not in outbound.wire.body
        self.seen.append(orjson.loads(outbound.wire.body))
        made = self.say(self.seen[-1])
        if isinstance(made, dict):
            return FakeReply(parts=[orjson.dumps(made)])
        return FakeReply(content_type="text/event-stream", parts=made)


@asynccontextmanager
async def calling(serve, say, *more):
    """Serve with a target that says what ``say`` makes of a request; yield OpenAI's client and that target."""
    stage = Stage(pdp=FakePdp((*OBLIGED, *more)), upstreams=Repeating(say=say))
    async with (
        serve(stage) as running,
        openai.AsyncOpenAI(base_url=f"{running.url}/v1", api_key=KEY, max_retries=0) as client,
    ):
        yield client, stage.upstreams


def response(*output):
    return {
        "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "gpt-5",
        "output": list(output), "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
        "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
    }  # fmt: skip


def message(text):
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": content}


def called(arguments):
    return {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "mail", "arguments": arguments}


def streamed(item, kind, text, at):
    done = {key: value for key, value in at.items() if key != "content_index"}
    begun = {**item, "content": []} if "content" in item else {**item, "arguments": ""}
    events = [
        ("created", {"response": response()}),
        ("output_item.added", {**done, "item": begun}),
        *(("content_part.added", {**at, "part": {"type": "output_text", "text": "", "annotations": []}}),) * ("content_index" in at),
        *((f"{kind}.delta", {**at, "delta": text[n : n + 4]}) for n in range(0, len(text), 4)),
        (f"{kind}.done", {**at, {"output_text": "text"}.get(kind, "arguments"): text}),
        ("output_item.done", {**done, "item": item}),
        ("completed", {"response": response(item)}),
    ]  # fmt: skip
    return [
        b"event: response." + name.encode() + b"\ndata: "
        + orjson.dumps({"type": f"response.{name}", "sequence_number": number, **more}) + b"\n\n"
        for number, (name, more) in enumerate(events)
    ]  # fmt: skip


def echo(document):
    text = f"You said: {document['input']}"
    if document.get("stream"):
        return streamed(message(text), "output_text", text, {"item_id": "msg_1", "output_index": 0, "content_index": 0})
    return response(message(text))


async def test_a_response_is_whole(serve):
    async with calling(serve, echo) as (client, _):
        reply = await client.responses.create(model="gpt-5", input=f"Write to {ADDRESS}", store=False)
        assert reply.output_text == f"You said: Write to {ADDRESS}"
        assert reply.usage.total_tokens == 7
        raw = await client.responses.with_raw_response.create(model="gpt-5", input=f"To {ADDRESS}")
        assert raw.parse().output_text == f"You said: To {ADDRESS}"
        assert raw.headers["x-compliance-redacted"] == "EMAIL_ADDRESS"


async def test_a_response_streams(serve):
    async with calling(serve, echo) as (client, _):
        said = ""
        async for event in await client.responses.create(model="gpt-5", input=f"To {ADDRESS}", stream=True):
            said += event.delta if event.type == "response.output_text.delta" else ""
        assert said == event.response.output_text == f"You said: To {ADDRESS}"
        async with client.responses.stream(model="gpt-5", input=f"To {ADDRESS}") as streaming:
            final = await streaming.get_final_response()
        assert final.output_text == f"You said: To {ADDRESS}"


async def test_what_is_not_to_be_kept_is_not_left_to_the_targets_default(serve):
    async with calling(serve, echo, Obligation("o4", "no_store")) as (client, target):
        await client.responses.create(model="gpt-5", input="a")
        await client.responses.create(model="gpt-5", input="a", store=True)
    assert [document["store"] for document in target.seen] == [False, False]


TOOL = {"type": "function", "name": "mail", "parameters": {"type": "object", "properties": {"to": {"type": "string"}}}, "strict": False}  # fmt: skip


async def test_tools_are_called_with_originals_and_their_results_are_read(serve):
    def say(document):
        given = document["input"]
        if isinstance(given, list) and given[-1].get("type") == "function_call_output":
            assert given[1]["arguments"].startswith('{"to":"')
            return response(message(given[-1]["output"]))
        text = orjson.dumps(
            {"to": (given[0]["content"] if isinstance(given, list) else given).rpartition(" ")[2]}
        ).decode()
        if document.get("stream"):
            return streamed(called(text), "function_call_arguments", text, {"item_id": "fc_1", "output_index": 0})
        return response(called(text))

    async with calling(serve, say) as (client, _):
        ask = [{"role": "user", "content": f"Mail {ADDRESS}"}]
        first = await client.responses.create(model="gpt-5", input=ask, tools=[TOOL])
        assert orjson.loads(first.output[0].arguments) == {"to": ADDRESS}
        result = {"type": "function_call_output", "call_id": "call_1", "output": f"sent to {ADDRESS}"}
        items = [*ask, *(one.model_dump(exclude_none=True) for one in first.output), result]
        second = await client.responses.create(model="gpt-5", input=items, tools=[TOOL])
        assert second.output_text == f"sent to {ADDRESS}"
        async with client.responses.stream(model="gpt-5", input=ask, tools=[TOOL]) as streaming:
            final = await streaming.get_final_response()
        assert orjson.loads(final.output[0].arguments) == {"to": ADDRESS}


class Contact(BaseModel):
    mail: str


async def test_structured_output_is_parsed(serve):
    def say(document):
        return response(message(orjson.dumps({"mail": document["input"]}).decode()))

    async with calling(serve, say) as (client, _):
        reply = await client.responses.parse(model="gpt-5", input=ADDRESS, text_format=Contact)
    assert reply.output_parsed == Contact(mail=ADDRESS)


async def test_tokens_are_counted(serve):
    async with calling(serve, lambda _: {"object": "response.input_tokens", "input_tokens": 11}) as (client, _):
        assert (await client.responses.input_tokens.count(model="gpt-5", input=ADDRESS)).input_tokens == 11


async def test_a_broken_stream_is_an_error_event_and_no_end(serve):
    def say(document):
        return echo(document)[:-2]

    async with calling(serve, say) as (client, _):
        types, stream = [], await client.responses.create(model="gpt-5", input="To me", stream=True)
        with contextlib.suppress(openai.APIConnectionError):  # the connection breaks off
            async for event in stream:
                types.append(event.type)  # noqa: PERF401 - what came before it broke counts
    assert types[-1] == "error"
    assert "response.completed" not in types


async def test_what_refers_to_kept_responses_is_refused(serve):
    async with calling(serve, echo) as (client, target):
        with pytest.raises(openai.BadRequestError, match="previous_response_id"):
            await client.responses.create(model="gpt-5", input="a", previous_response_id="resp_1")
        assert target.seen == []


def completed(document):
    text = f"You said: {document['prompt']}"
    made = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m"}
    if not document.get("stream"):
        return {**made, "choices": [{"index": 0, "text": text, "finish_reason": "stop", "logprobs": None}]}
    cuts = [(text[n : n + 4], None) for n in range(0, len(text), 4)]
    events = [
        {**made, "choices": [{"index": 0, "text": cut, "finish_reason": end}]} for cut, end in [*cuts, ("", "stop")]
    ]
    return [b"data: " + orjson.dumps(event) + b"\n\n" for event in events] + [b"data: [DONE]\n\n"]


async def test_completions_are_whole_and_stream(serve):
    async with calling(serve, completed) as (client, _):
        reply = await client.completions.create(model="m", prompt=f"To {ADDRESS}")
        assert reply.choices[0].text == f"You said: To {ADDRESS}"
        said = ""
        async for event in await client.completions.create(model="m", prompt=f"To {ADDRESS}", stream=True):
            said += event.choices[0].text
        assert said == f"You said: To {ADDRESS}"
        with pytest.raises(openai.BadRequestError, match="send the text"):
            await client.completions.create(model="m", prompt=[1, 2, 3])


async def test_texts_are_moderated(serve):
    def say(document):
        assert document["model"] == "omni-moderation-latest"
        return {"id": "modr-1", "model": "m", "results": [{"flagged": True, "categories": {}, "category_scores": {}}]}

    async with calling(serve, say) as (client, _):
        assert (await client.moderations.create(input=f"To {ADDRESS}")).results[0].flagged


async def test_what_is_kept_at_the_provider_is_refused_in_so_many_words(serve):
    async with calling(serve, echo) as (client, target):
        for call in (
            client.responses.retrieve("resp_1"),
            client.responses.delete("resp_1"),
            client.responses.cancel("resp_1"),
            client.conversations.retrieve("conv_1"),
            client.vector_stores.list(),
            client.batches.retrieve("batch_1"),
        ):
            with pytest.raises(openai.BadRequestError) as caught:
                await call
            assert caught.value.code == "stateful_unsupported"
    assert target.seen == []


def chatted(document):
    text = f"You said: {document['messages'][-1]['content']}"
    made = {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "usage": None,
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {"hate": {"filtered": False, "severity": "safe"}}}],
    }  # fmt: skip
    more = {
        "index": 0,
        "finish_reason": "stop",
        "content_filter_results": {"hate": {"filtered": False, "severity": "safe"}},
    }
    if not document.get("stream"):
        return {**made, "choices": [{**more, "message": {"role": "assistant", "content": text}}]}
    events = [{**made, "choices": []}, {**made, "choices": [{**more, "delta": {"content": text}}]}]
    return [b"data: " + orjson.dumps(event) + b"\n\n" for event in events] + [b"data: [DONE]\n\n"]


@contextlib.asynccontextmanager
async def azure(serve, say, **more):
    stage = Stage(pdp=FakePdp(OBLIGED), upstreams=Repeating(say=say))
    async with (
        serve(stage) as running,
        openai.AsyncAzureOpenAI(
            azure_endpoint=running.url, api_key=KEY, api_version="2024-10-21", max_retries=0, **more
        ) as client,
    ):
        yield client, stage


async def test_azures_client_names_a_deployment_in_the_path(serve):
    async with azure(serve, chatted) as (client, stage):
        ask = {"model": "our-deployment", "messages": [{"role": "user", "content": f"To {ADDRESS}"}]}
        reply = await client.chat.completions.create(**ask)
        assert reply.choices[0].message.content == f"You said: To {ADDRESS}"
        assert reply.choices[0].content_filter_results["hate"]["severity"] == "safe"
        said = ""
        async for event in await client.chat.completions.create(**ask, stream=True):
            said += "".join(choice.delta.content or "" for choice in event.choices)
        assert said == f"You said: To {ADDRESS}"
        assert stage.audit.outcome
        assert {facts.operation[1] for facts in stage.pdp.asked} == {"our-deployment"}
        assert [outbound.wire.path for outbound in stage.upstreams.sent] == ["/chat/completions"] * 2


async def test_azures_client_asks_for_responses_and_models_too(serve):
    async with azure(serve, echo) as (client, _):
        reply = await client.responses.create(model="our-deployment", input=f"To {ADDRESS}")
        assert reply.output_text == f"You said: To {ADDRESS}"
        assert [model async for model in client.models.list()] == []


async def test_a_deployment_without_a_model_in_the_body_is_enough(serve):
    async with azure(serve, chatted) as (client, stage):
        body = {"messages": [{"role": "user", "content": "hello"}]}
        await client.post("/deployments/ours/chat/completions", body=body, cast_to=object)
        assert stage.upstreams.seen[-1]["model"] == "ours"
        body = {"data_sources": [{"type": "azure_search", "parameters": {"endpoint": "https://x.test"}}], **body}
        with pytest.raises(openai.BadRequestError, match="data_sources"):
            await client.post("/deployments/ours/chat/completions", body=body, cast_to=object)


@dataclass
class Fixed(FakeUpstreams):
    """Answers always the same; ``seen`` are the requests as they left."""

    reply: FakeReply = field(default_factory=FakeReply)
    seen: list[Any] = field(default_factory=list)

    async def send(self, outbound, sender):
        await super().send(outbound, sender)
        assert ADDRESS.encode() not in outbound.wire.body
        self.seen.append(outbound.wire)
        return self.reply


@contextlib.asynccontextmanager
async def answered(serve, media, *parts):
    stage = Stage(pdp=FakePdp(OBLIGED), upstreams=Fixed(reply=FakeReply(content_type=media, parts=parts)))
    async with (
        serve(stage) as running,
        openai.AsyncOpenAI(base_url=f"{running.url}/v1", api_key=KEY, max_retries=0) as client,
    ):
        yield client, stage


async def test_pictures_are_made(serve):
    reply = orjson.dumps({"created": 1, "data": [{"b64_json": "aGVsbG8="}]})
    async with answered(serve, "application/json", reply) as (client, stage):
        made = await client.images.generate(model="gpt-image-1", prompt=f"the house of {ADDRESS}")
        assert made.data[0].b64_json == "aGVsbG8="
        assert {facts.opaque for facts in stage.pdp.asked if facts.phase == "response"} == {(("data", "image"),)}
        edited = await client.images.edit(
            model="gpt-image-1", prompt=f"of {ADDRESS}", image=("a.png", b"\x89PNG", "image/png")
        )
        assert edited.data[0].b64_json == "aGVsbG8="
        assert stage.pdp.asked[-1].operation[0] == "image"


async def test_speech_is_a_recording(serve):
    async with answered(serve, "audio/mpeg", b"ID3\xff\xfb", b"\x90") as (client, stage):
        made = await client.audio.speech.create(model="tts-1", voice="ash", input=f"Write to {ADDRESS}")
        assert made.content == b"ID3\xff\xfb\x90"
        assert made.response.headers["content-type"] == "audio/mpeg"
        assert {facts.opaque for facts in stage.pdp.asked if facts.phase == "response"} == {(("reply", "audio"),)}


async def test_recordings_are_transcribed(serve):
    recording = ("ada.mp3", b"\xff\xfb\x90", "audio/mpeg")
    async with answered(serve, "application/json", b'{"text": "hello"}') as (client, stage):
        made = await client.audio.transcriptions.create(
            model="whisper-1", file=recording, prompt=f"with {ADDRESS}", timestamp_granularities=["word"]
        )
        assert made.text == "hello"
        with pytest.warns(DeprecationWarning, match="deprecated"):
            made = await client.audio.translations.create(model="whisper-1", file=recording)
        assert made.text == "hello"
        assert ("file", "audio") in stage.pdp.asked[0].opaque
        assert b"\xff\xfb\x90" in stage.upstreams.seen[0].body
    async with answered(serve, "text/plain", b"1\n00:00 --> 00:01\nhello") as (client, _):
        made = await client.audio.transcriptions.create(model="whisper-1", file=recording, response_format="srt")
        assert made.endswith("hello")


async def test_transcripts_stream(serve):
    events = [{"type": "transcript.text.delta", "delta": "hello"}, {"type": "transcript.text.done", "text": "hello"}]
    parts = [b"data: " + orjson.dumps(event) + b"\n\n" for event in events]
    async with answered(serve, "text/event-stream", *parts) as (client, _):
        stream = await client.audio.transcriptions.create(
            model="gpt-4o-transcribe", file=("a.mp3", b"\xff\xfb", "audio/mpeg"), stream=True
        )
        assert [event.type async for event in stream] == ["transcript.text.delta", "transcript.text.done"]
