"""AWS's own client against the served proxy; behind it a target that answers what reached it, as Bedrock does."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import botocore.session
import orjson
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from proxy.codecs.bedrock import DIALECT
from proxy.codecs.framing import Frame
from proxy.codecs.framing.aws_event_stream import AwsEventStream
from proxy.core.records import Obligation
from testing.fakes import FakePdp, FakeReply, FakeUpstreams, Stage
from testing.serving import KEY

ADDRESS = "ada@canary-mail.example"
OBLIGED = (Obligation("o1", "pseudonymize"), Obligation("o2", "reidentify_response"), Obligation("o3", "residual_scan"))
MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
COUNTS = {"x-amzn-bedrock-input-token-count": "3", "x-amzn-bedrock-output-token-count": "of Ada", "x-other": "4"}
FAILS = "an exception inside the stream"
STREAM = "application/vnd.amazon.eventstream"
USAGE = {"usage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}, "metrics": {"latencyMs": 5}}
TOOLS = {"tools": [{"toolSpec": {"name": "mail", "inputSchema": {"json": {"type": "object"}}}}]}


@dataclass
class Repeating(FakeUpstreams):
    """Answers with what ``say`` makes of the document that reached it; ``wires`` are what did."""

    say: Any = None
    wires: list[Any] = field(default_factory=list)

    async def send(self, outbound, sender):
        await super().send(outbound, sender)
        assert ADDRESS not in " ".join((outbound.wire.body.decode(), *outbound.wire.outside_body))
        self.wires.append(outbound.wire)
        made = self.say(orjson.loads(outbound.wire.body))
        if not outbound.stream:
            return FakeReply(parts=[orjson.dumps(made)], headers=COUNTS)
        write = AwsEventStream(chunks=outbound.wire.path.endswith("-response-stream")).encoder()
        raw = b"".join(
            DIALECT.error_event("", "", f"about {ADDRESS}", "")
            if name == FAILS
            else write(Frame(name=name), orjson.dumps(event))
            for name, event in made
        )
        return FakeReply(content_type=STREAM, parts=[raw[at : at + 11] for at in range(0, len(raw), 11)])


def client_of(url, key, service="bedrock-runtime"):
    """Return the client as an application makes it: the key of the proxy stands where AWS's would."""
    session = botocore.session.get_session()
    config = Config(retries={"total_max_attempts": 1})
    session.set_credentials(key, "of no importance")
    return session.create_client(service, "eu-central-1", endpoint_url=url, config=config)


@asynccontextmanager
async def calling(serve, say, *more, key=KEY):
    """Yield a function that makes a call of AWS's client, and the target."""
    stage = Stage(pdp=FakePdp((*OBLIGED, *more)), upstreams=Repeating(say=say))
    async with serve(stage) as running:

        def made(client, operation, asked, read):
            reply = getattr(client, operation)(**asked)
            if not read:
                return reply
            with closing(reply[read]) as stream:
                return list(stream)

        async def call(operation, read="", service="bedrock-runtime", **asked):
            client = await asyncio.to_thread(client_of, running.url, key, service)
            try:
                return await asyncio.to_thread(made, client, operation, asked, read)
            finally:
                client.close()

        yield call, stage.upstreams


def user(text):
    return [{"role": "user", "content": [{"text": text}]}]


def reply(*blocks, stop="end_turn"):
    return {"output": {"message": {"role": "assistant", "content": list(blocks)}}, "stopReason": stop, **USAGE}


def asked(document):
    return document["messages"][-1]["content"][-1]["text"]


def echo(document):
    return reply({"text": f"You said: {asked(document)}"})


def events(*deltas, stop="end_turn"):
    pieces = [("contentBlockDelta", {"contentBlockIndex": 0, "delta": delta, "p": "abcd"}) for delta in deltas]
    end = [("contentBlockStop", {"contentBlockIndex": 0}), ("messageStop", {"stopReason": stop}), ("metadata", USAGE)]
    return [("messageStart", {"role": "assistant"}), *pieces, *end]


def cut(text):
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def echoing(document):
    return events(*({"text": piece} for piece in cut(f"You said: {asked(document)}")))


async def test_a_reply_is_whole(serve):
    async with calling(serve, echo) as (call, target):
        made = await call("converse", modelId=MODEL, messages=user(f"Write to {ADDRESS}"))
        assert made["output"]["message"]["content"] == [{"text": f"You said: Write to {ADDRESS}"}]
        assert (made["stopReason"], made["usage"]["totalTokens"]) == ("end_turn", 7)
        assert made["ResponseMetadata"]["RequestId"]
        assert target.wires[0].path.endswith("/converse")


async def test_a_reply_streams_and_says_what_was_used(serve):
    async with calling(serve, echoing) as (call, target):
        made = await call("converse_stream", "stream", modelId=MODEL, messages=user(f"To {ADDRESS}"))
        texts = [one["contentBlockDelta"]["delta"]["text"] for one in made if "contentBlockDelta" in one]
        assert "".join(texts) == f"You said: To {ADDRESS}"
        assert made[-1]["metadata"]["usage"]["totalTokens"] == 7
        assert target.wires[0].path.endswith("/converse-stream")


async def test_a_tool_is_called_and_answered(serve):
    def say(document):
        last = document["messages"][-1]["content"][-1]
        if "toolResult" in last:
            return reply({"text": f"Done: {last['toolResult']['content'][0]['json']['result']}"})
        call = {"toolUseId": "tooluse_kZJMlvQmRJ6eAyJE5GIl7Q", "name": "mail"}
        return reply({"toolUse": {**call, "input": {"to": last["text"].removeprefix("To ")}}}, stop="tool_use")

    async with calling(serve, say) as (call, target):
        turns = user(f"To {ADDRESS}")
        told = {"modelId": MODEL, "toolConfig": TOOLS, "system": [{"text": f"for {ADDRESS}"}]}
        made = (await call("converse", messages=turns, **told))["output"]["message"]
        use = made["content"][0]["toolUse"]
        assert use["input"] == {"to": ADDRESS}
        result = {"toolUseId": use["toolUseId"], "content": [{"json": {"result": f"sent to {ADDRESS}"}}]}
        turns += [made, {"role": "user", "content": [{"toolResult": result}]}]
        made = await call("converse", messages=turns, **told)
        assert made["output"]["message"]["content"][0]["text"] == f"Done: sent to {ADDRESS}"
        assert len(target.wires) == 2


async def test_what_a_streamed_call_says_is_json_with_the_value_in_it(serve):
    def say(document):
        given = orjson.dumps({"to": asked(document).removeprefix("To ")}).decode()
        start = {"toolUse": {"toolUseId": "tooluse_kZJMlvQmRJ6eAyJE5GIl7Q", "name": "mail"}}
        made = events(*({"toolUse": {"input": piece}} for piece in cut(given)), stop="tool_use")
        return [made[0], ("contentBlockStart", {"contentBlockIndex": 0, "start": start}), *made[1:]]

    async with calling(serve, say) as (call, _):
        made = await call("converse_stream", "stream", modelId=MODEL, messages=user(f"To {ADDRESS}"), toolConfig=TOOLS)
        deltas = [one["contentBlockDelta"]["delta"] for one in made if "contentBlockDelta" in one]
        assert orjson.loads("".join(delta["toolUse"]["input"] for delta in deltas)) == {"to": ADDRESS}


def claudes(text, stop="end_turn"):
    return {"type": "message", "role": "assistant", "content": [{"type": "text", "text": text}], "stop_reason": stop}


CLAUDE = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": f"To {ADDRESS}"}],
}


async def test_a_body_of_claudes_own_is_invoked(serve):
    def say(document):
        return claudes(f"You said: {document['messages'][0]['content']}")

    async with calling(serve, say) as (call, target):
        made = await call("invoke_model", modelId=MODEL, body=orjson.dumps(CLAUDE))
        assert orjson.loads(made["body"].read())["content"][0]["text"] == f"You said: To {ADDRESS}"
        assert made["contentType"] == "application/json"
        headers = made["ResponseMetadata"]["HTTPHeaders"]
        assert {name: headers.get(name) for name in COUNTS} == {
            **dict.fromkeys(COUNTS),
            "x-amzn-bedrock-input-token-count": "3",
        }
        assert target.wires[0].path.endswith("/invoke")


async def test_a_body_of_claudes_own_streams(serve):
    def say(document):
        text = f"You said: {document['messages'][0]['content']}"
        deltas = [
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
            for piece in cut(text)
        ]
        start = {"type": "message_start", "message": {**claudes(""), "content": []}}
        return [
            ("chunk", one)
            for one in (start, *deltas, {"type": "content_block_stop", "index": 0}, {"type": "message_stop"})
        ]

    async with calling(serve, say) as (call, _):
        made = await call("invoke_model_with_response_stream", "body", modelId=MODEL, body=orjson.dumps(CLAUDE))
        events = [orjson.loads(one["chunk"]["bytes"]) for one in made]
        assert "".join(one.get("delta", {}).get("text", "") for one in events) == f"You said: To {ADDRESS}"
        assert events[-1] == {"type": "message_stop"}


@pytest.mark.parametrize(
    "held", [{"converse": {"messages": user(f"To {ADDRESS}")}}, {"invokeModel": {"body": orjson.dumps(CLAUDE)}}]
)
async def test_tokens_are_counted(serve, held):
    async with calling(serve, lambda _: {"inputTokens": 5}) as (call, target):
        assert (await call("count_tokens", modelId=MODEL, input=held))["inputTokens"] == 5
        [[name, sent]] = orjson.loads(target.wires[0].body)["input"].items()
        assert name in held
        assert ADDRESS.encode() not in base64.b64decode(sent.get("body", ""))


async def test_a_guardrail_reads_what_a_model_would(serve):
    def say(document):
        return {
            "action": "NONE",
            "outputs": [{"text": document["content"][0]["text"]["text"]}],
            "assessments": [],
            "usage": {},
        }

    arn = "arn:aws:bedrock:eu-central-1:123456789012:guardrail/gr1a2b3c4d5e"
    asked = {"source": "INPUT", "content": [{"text": {"text": f"To {ADDRESS}"}}]}
    async with calling(serve, say) as (call, target):
        made = await call("apply_guardrail", guardrailIdentifier=arn, guardrailVersion="1", **asked)
        assert made["outputs"] == [{"text": f"To {ADDRESS}"}]
        assert target.wires[0].path == f"/guardrail/{quote(arn, safe='')}/version/1/apply"


async def test_models_are_listed(serve):
    async with calling(serve, echo) as (call, _):
        made = await call("list_foundation_models", service="bedrock")
        assert all(one["modelId"] for one in made["modelSummaries"])


@pytest.mark.parametrize("operation", ["converse", "converse_stream"])
async def test_faults_are_errors_of_the_client(serve, operation):
    async with calling(serve, echo, key="nobody") as (call, _):
        with pytest.raises(ClientError) as told:
            await call(operation, modelId=MODEL, messages=user("hi"))
        assert told.value.response["Error"]["Code"] == "UnrecognizedClientException"
    async with calling(serve, echo) as (call, target):
        for more in ({"guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1"}}, {"messages": []}):
            with pytest.raises(ClientError) as told:
                await call(operation, **{"modelId": MODEL, "messages": user("hi"), **more})
            assert told.value.response["Error"]["Code"] in {"ValidationException", "AccessDeniedException"}
        assert target.wires == []


@pytest.mark.parametrize("after", [[], [(FAILS, {})]])
async def test_a_stream_that_breaks_off_or_fails_is_an_error_without_the_targets_words(serve, after):
    begun = events(*[{"text": "Hello there. " * 40}] * 3)[:-3]
    async with calling(serve, lambda _: [*begun, *after]) as (call, _):
        with pytest.raises(EventStreamError) as told:
            await call("converse_stream", "stream", modelId=MODEL, messages=user("hi"))
        assert told.value.response["Error"]["Code"] == "internalServerException"
        assert ADDRESS not in str(told.value)
