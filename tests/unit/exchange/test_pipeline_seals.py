"""What a target has sealed may return to it: to nobody else, for no other tenant, and not changed."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from proxy.codecs import anthropic, gemini, openai
from proxy.core.decision import seals
from proxy.errors import VaultUnavailableError
from testing.fakes import PRINCIPAL, FakeClient, FakeReply, FakeUpstreams, FixedClock, Stage, catalog, target
from testing.memory_vault import MemoryVault

APIS = {api.name: api for package in (anthropic, gemini, openai) for api in package.APIS}
THINKING = {"type": "thinking", "thinking": "They want to greet.", "signature": "EqoBCkgIARABGAI"}
REDACTED = {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix"}
SAID = {"type": "text", "text": "Hello."}


def message(*blocks: object) -> bytes:
    return orjson.dumps({"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": blocks})


def events(*blocks: dict[str, str]) -> list[bytes]:
    made = [
        {"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "content": []}}
    ]
    for index, block in enumerate(blocks):
        empty = {key: value if key in {"type", "data"} else "" for key, value in block.items()}
        made.append({"type": "content_block_start", "index": index, "content_block": empty})
        grows = {"thinking": "thinking_delta", "signature": "signature_delta", "text": "text_delta"}
        for key, kind in grows.items():
            for at in range(0, len(block.get(key, "")), 7):
                piece = {"type": kind, key: block[key][at : at + 7]}
                made.append({"type": "content_block_delta", "index": index, "delta": piece})
        made.append({"type": "content_block_stop", "index": index})
    made.append({"type": "message_stop"})
    return [f"event: {one['type']}\ndata: ".encode() + orjson.dumps(one) + b"\n\n" for one in made]


def asks(*history: object, stream: bool = False) -> bytes:
    before = [{"role": "assistant", "content": list(history)}] if history else []
    messages = [{"role": "user", "content": "hi"}, *before, {"role": "user", "content": "and?"}]
    return orjson.dumps({"model": "m", "max_tokens": 9, "messages": messages, "stream": stream})


def stage(*replies: FakeReply, name: str = "anthropic_messages", **changes: object) -> Stage:
    return Stage(api=APIS[name], upstreams=FakeUpstreams({"a": [*replies]}), **changes)


async def turn(one: Stage, body: bytes, **changes: object) -> FakeClient:
    """Serve one request of a client of its own."""
    one.client = FakeClient()
    return await one.run(body, **changes)


def opaque(one: Stage) -> tuple[tuple[str, ...], ...]:
    """Return the opaque parts of the last request that policy was asked about."""
    return next(facts.opaque for facts in reversed(one.pdp.asked) if facts.phase == "request")


PLACE = "messages[*].content[*]"
WHOLE = FakeReply(parts=[message(THINKING, REDACTED, SAID)])
STREAM = FakeReply(content_type="text/event-stream", parts=events(THINKING, REDACTED, SAID))


@pytest.mark.parametrize("reply", [WHOLE, STREAM], ids=["whole", "streamed"])
@pytest.mark.parametrize("guarded", [False, True])
async def test_policy_knows_who_sealed_what_comes_back(reply, guarded):
    one = stage(reply)
    one.pdp.guards = frozenset({"US_SSN"} if guarded else ())
    client = await turn(one, asks(stream=reply is STREAM))
    assert client.status == 200
    await turn(one, asks(THINKING, REDACTED, SAID))
    assert opaque(one) == ((PLACE, "sealed", "a"),)
    assert b"EqoBCkgIARABGAI" in one.upstreams.sent[-1].wire.body


@pytest.mark.parametrize(
    "changed",
    [
        THINKING | {"thinking": "They want to greet!"},
        THINKING | {"signature": "EqoBCkgIARABGAJ"},
        REDACTED,
        {"type": "thinking", "thinking": ""},
    ],
)
async def test_nobody_sealed_what_is_not_just_what_the_target_gave(changed):
    one = stage(FakeReply(parts=[message(THINKING, SAID)]))
    await turn(one, asks())
    await turn(one, asks(changed))
    assert opaque(one)[:1] == ((PLACE, "sealed"),)


async def test_another_tenants_seals_are_nobodys():
    one = stage(WHOLE)
    await turn(one, asks())
    await turn(one, asks(THINKING), principal=replace(PRINCIPAL, tenant="other"))
    assert opaque(one) == ((PLACE, "sealed"),)


async def test_seals_of_two_targets_are_two_parts():
    one = Stage(
        api=APIS["anthropic_messages"],
        catalog=catalog(target("a"), target("b")),
        upstreams=FakeUpstreams(
            {"a": [FakeReply(parts=[message(THINKING)])], "b": FakeReply(parts=[message(REDACTED)])}
        ),
    )
    await turn(one, asks())
    one.pdp.denied = frozenset({"a"})
    await turn(one, asks())
    await turn(one, asks(THINKING, REDACTED))
    assert opaque(one) == ((PLACE, "sealed", "a"), (PLACE, "sealed", "b"))


async def test_a_stream_that_breaks_off_inside_a_block_seals_nothing():
    *parts, _stop = events(THINKING)
    one = stage(FakeReply(content_type="text/event-stream", parts=parts[:-1]))
    await turn(one, asks(stream=True))
    await turn(one, asks(THINKING))
    assert opaque(one) == ((PLACE, "sealed"),)


class Away(MemoryVault):
    async def put_seals(self, domain, names, target):
        raise VaultUnavailableError


async def test_without_the_vault_the_reply_arrives_and_nobody_sealed_it():
    one = stage(WHOLE, vault=Away(FixedClock()))
    assert (await turn(one, asks())).status == 200
    await turn(one, asks(THINKING))
    assert opaque(one) == ((PLACE, "sealed"),)


REASONING = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAAABm"}


def responded(*output: object) -> bytes:
    return orjson.dumps({"id": "resp_1", "object": "response", "status": "completed", "output": output})


async def test_encrypted_reasoning_of_responses_returns():
    done = {"type": "response.output_item.done", "sequence_number": 1, "output_index": 0, "item": REASONING}
    end = {"type": "response.completed", "sequence_number": 2, "response": orjson.loads(responded(REASONING))}
    said = [f"event: {one['type']}\ndata: ".encode() + orjson.dumps(one) + b"\n\n" for one in (done, end)]
    for reply in (FakeReply(parts=[responded(REASONING)]), FakeReply(content_type="text/event-stream", parts=said)):
        one = stage(reply, name="openai_responses")
        body = {"model": "m", "store": False, "include": ["reasoning.encrypted_content"]}
        first = {**body, "input": "hi", "stream": reply.content_type != "application/json"}
        assert (await turn(one, orjson.dumps(first))).status == 200
        await turn(one, orjson.dumps({**body, "input": [REASONING, {"role": "user", "content": "and?"}]}))
        assert [part[1:] for part in opaque(one)] == [("sealed", "a")]


async def test_a_thought_signature_of_gemini_returns():
    part = {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "Cs8BAdHtim9v"}
    reply = {"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}]}
    one = stage(FakeReply(parts=[orjson.dumps(reply)]), name="gemini_generate")
    ask = {"role": "user", "parts": [{"text": "hi"}]}
    incoming = {"variables": {"model": "m"}}
    await one.pipeline.handle(spoken(one, {"contents": [ask]}, incoming))
    await one.pipeline.handle(spoken(one, {"contents": [ask, {"role": "model", "parts": [part]}]}, incoming))
    assert [told[1:] for told in opaque(one)] == [("sealed", "a")]


def spoken(one: Stage, document: object, incoming: dict[str, object]):
    one.client = FakeClient()
    request = one.request(orjson.dumps(document))
    return replace(request, incoming=replace(request.incoming, **incoming))


async def test_a_picture_is_under_nobodys_seal():
    made = {"created": 1, "data": [{"b64_json": "aGVsbG8="}]}
    one = stage(FakeReply(parts=[orjson.dumps(made)]), name="openai_images")
    assert (await turn(one, orjson.dumps({"model": "m", "prompt": "a cat"}))).status == 200
    assert one.vault.seals == []


@pytest.mark.parametrize("stream", [False, True])
async def test_a_reply_with_ever_so_many_seals_is_one_row(stream):
    blocks = [{**REDACTED, "data": f"EmwKAhgBEgy3{number}"} for number in range(3 * seals.MOST)]
    reply = FakeReply(content_type="text/event-stream", parts=[b"".join(events(*blocks))])
    one = stage(reply if stream else FakeReply(parts=[message(*blocks)]))
    assert (await turn(one, asks(stream=stream))).status == 200
    assert [(len(names), target) for _, names, target, _ in one.vault.seals] == [(seals.MOST, "a")]
    await turn(one, asks(*blocks[:2], blocks[-1]))
    assert opaque(one) == ((PLACE, "sealed"), (PLACE, "sealed", "a"))
