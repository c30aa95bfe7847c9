from __future__ import annotations

import dataclasses
import re

import orjson
import pytest

from proxy.codecs import torchserve
from proxy.codecs.api import TableApi
from proxy.core.findings import Finding, Status
from proxy.core.leaves import bare
from proxy.core.records import Obligation, TargetVerdict
from proxy.core.replies.position import ReplyText
from testing.fakes import (
    CANARY,
    DONE,
    SSN,
    FakeDetector,
    FakePdp,
    FakeReply,
    FakeUpstreams,
    Stage,
    chat,
    chat_as,
    completion,
    decision,
    delta,
)

STREAM = "text/event-stream"
GUARD = (Obligation("g", "response_scan"), Obligation("s", "stream_guard"))


def guarded(*obligations, **answers):
    """A stage whose replies are scanned and, in the response phase, redacted as obliged."""
    verdict = TargetVerdict("a", True, 0, (), obligations)
    said = {"response": decision(None, (verdict,), "redact_and_deliver")} if obligations else {}
    return Stage(pdp=FakePdp(GUARD, answers=said | answers))


def content(client):
    return orjson.loads(client.body)["choices"][0]["message"]["content"]


async def test_policy_sees_what_a_scanned_reply_holds_and_what_the_request_held():
    stage = guarded()
    stage.upstreams.replies = {"a": FakeReply(parts=[completion(f"It is {SSN}.")])}
    await stage.run(chat(f"about {CANARY}"))
    facts = stage.pdp.asked[-1]
    assert facts.phase == "response"
    assert [(entity.type, entity.count) for entity in facts.entities] == [("US_SSN", 1)]
    assert facts.request_entities == ("EMAIL_ADDRESS",)
    assert facts.candidates == (("a", 0, True),)


async def test_what_policy_names_is_taken_out_of_the_reply():
    stage = guarded(Obligation("r", "redact", entities=("US_SSN",)))
    stage.upstreams.replies = {"a": FakeReply(parts=[completion(f"It is {SSN}, mail x@y.org")])}
    client = await stage.run()
    assert content(client) == "It is [US_SSN], mail x@y.org"
    assert stage.audit.outcome()[1]["response_action"] == "redact_and_deliver"
    assert SSN.encode() not in b"".join(record.body for record in stage.audit.records())


async def test_an_obligation_that_names_no_type_takes_out_every_type():
    stage = guarded(Obligation("r", "redact"))
    stage.upstreams.replies = {"a": FakeReply(parts=[completion(f"It is {SSN}, mail jo.li@example.org")])}
    assert content(await stage.run()) == "It is [US_SSN], mail [EMAIL_ADDRESS]"


async def test_a_reply_nobody_asked_to_scan_passes_byte_for_byte():
    body = completion(f"It is {SSN}").replace(b",", b" , ")
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(parts=[body])}))
    assert (await stage.run()).body == body
    assert stage.pdp.asked[-1].entities == ()


GUARDS = frozenset({"US_SSN", "EMAIL_ADDRESS"})
OTHER = "987-65-4321"


def streamed(text, size=7):
    parts = [delta(text[at : at + size]) for at in range(0, len(text), size)]
    return FakeReply(200, STREAM, [*parts, delta("", finish="stop"), DONE])


def said(client):
    if not client.body.startswith(b"data:"):
        return content(client)
    deltas = [
        orjson.loads(one[6:])["choices"][0]["delta"] for one in client.body.split(b"\n\n") if one.startswith(b"data: {")
    ]
    return "".join(one.get("content", "") for one in deltas)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("asked", "reply", "wanted"),
    [
        ("hello", f"It is {SSN} indeed", "It is [US_SSN] indeed"),
        (f"is it {SSN}?", f"It is {SSN} indeed", f"It is {SSN} indeed"),
        (f"is it {SSN}?", f"It is {SSN}, his {OTHER}.", f"It is {SSN}, his [US_SSN]."),
        ("is it 078 05 1120?", f"It is {SSN} indeed", f"It is {SSN} indeed"),
        ("is it 1078 05 11203?", f"It is {SSN} indeed", "It is [US_SSN] indeed"),
        ("I am anna@firm.de", "Write to ANNA@firm.de or bo@firm.de now", "Write to ANNA@firm.de or [EMAIL_ADDRESS] now"),
        ("I am anna%40firm.de", "Write to anna@firm.de", "Write to anna@firm.de"),
        ("hello", "Try user@example.com or jo.li@example.com.", "Try user@example.com or [EMAIL_ADDRESS]."),
    ],
)  # fmt: skip
async def test_a_reply_may_repeat_values_of_the_request_and_no_others_of_their_type(asked, reply, wanted, stream):
    stage = Stage(pdp=FakePdp(GUARD, guards=GUARDS))
    stage.upstreams.replies = {"a": streamed(reply) if stream else FakeReply(parts=[completion(reply)])}
    client = await stage.run(chat(asked, stream=stream))
    assert said(client) == wanted
    outcome = stage.audit.outcome()[1]
    taken = sum(wanted.count(f"[{name}]") for name in GUARDS)
    assert sum(outcome["response_redacted"].values()) == taken
    assert outcome["response_action"] == ("redact_and_deliver" if taken else "deliver")


@pytest.mark.parametrize("stream", [False, True])
async def test_types_of_which_the_reply_holds_only_values_of_the_request_are_told_to_policy(stream):
    stage = Stage(pdp=FakePdp(GUARD))
    reply = f"{SSN}, {OTHER}, anna@firm.de"
    stage.upstreams.replies = {"a": streamed(reply) if stream else FakeReply(parts=[completion(reply)])}
    await stage.run(chat(f"{SSN}, anna@firm.de", stream=stream))
    facts = stage.pdp.asked[-1]
    assert facts.request_entities == (() if stream else ("EMAIL_ADDRESS",))
    assert {entity.type for entity in facts.entities} >= {"EMAIL_ADDRESS", "US_SSN"}


async def test_a_stream_that_policy_refuses_as_a_whole_loses_every_type():
    class Pdp(FakePdp):
        async def decide(self, facts, exchange, now):
            made = await super().decide(facts, exchange, now)
            return decision(None, (), "block") if facts.phase == "response" and facts.entities else made

    stage = Stage(pdp=Pdp(GUARD))
    stage.upstreams.replies = {"a": streamed(f"{SSN} and jo.li@firm.de are it")}
    assert said(await stage.run(chat(stream=True))) == "[US_SSN] and [EMAIL_ADDRESS] are it"


async def test_what_was_taken_out_of_a_stream_that_broke_is_recorded():
    stage = Stage(pdp=FakePdp(GUARD, guards=GUARDS))
    stage.upstreams.replies = {"a": FakeReply(200, STREAM, [delta(f"{SSN} and then " + "some more words " * 6)])}
    client = await stage.run(chat(stream=True))
    assert b"[US_SSN]" in client.body
    assert stage.audit.outcome()[1]["response_redacted"] == {"US_SSN": 1}


async def test_an_unfiltered_stream_passes_byte_for_byte():
    parts = [b": comment\n\n", delta("a"), delta("b", finish="stop"), DONE]
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(200, STREAM, parts)}))
    client = await stage.run(chat(stream=True))
    assert client.body == b"".join(parts)


async def test_a_stream_that_was_not_asked_for_is_no_reply():
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(200, STREAM, [delta("a"), DONE])}))
    client = await stage.run(chat())
    assert [one["ended"] for one in stage.audit.outcome()[1]["attempts"]] == ["malformed", "complete"]
    assert client.status == 200


async def test_a_stream_that_was_not_asked_for_is_no_text_either():
    class Plain(TableApi):
        def texts(self, reply, meter=None):
            return [ReplyText(reply.decode())]

    stage = Stage(api=chat_as(Plain), upstreams=FakeUpstreams({"a": FakeReply(200, STREAM, [delta("a"), DONE])}))
    await stage.run(chat())
    assert stage.audit.outcome()[1]["attempts"][0]["ended"] == "malformed"


async def test_a_whole_reply_to_a_stream_request_is_passed_on_whole():
    client = await Stage().run(chat(stream=True))
    assert (client.ended, content(client)) == ("answered", "Hello.")


async def test_the_attempt_says_what_went_in_and_out():
    body = completion("x")
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(parts=[body])}))
    await stage.run(chat("hello"))
    [attempt] = stage.audit.outcome()[1]["attempts"]
    assert attempt == {
        "number": 1, "target": "a", "status": 200, "ended": "complete", "bytes_out": len(stage.upstreams.sent[0].wire.body),
        "bytes_in": len(body), "duration_ms": 0, "upstream_request_id": "up-1",
        "usage": {"input": len(stage.upstreams.sent[0].wire.body) // 4, "output": len(body) // 4, "source": "estimated"},
    }  # fmt: skip


async def test_headers_of_the_reply_say_what_was_done_and_nothing_of_the_target_passes():
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(200, STREAM, [delta("a"), DONE])}))
    client = await stage.run(chat(stream=True))
    assert client.headers == {
        "x-compliance-action": "forward", "x-compliance-target": "a", "x-compliance-decision": "d-forward",
    }  # fmt: skip


async def test_the_response_is_judged_for_the_target_that_gave_it():
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(500)}))
    await stage.run()
    assert stage.pdp.asked[-1].candidates == (("b", 1, True),)


async def test_a_denied_reply_names_no_text():
    refused = decision(None, (), "block")._replace(block_codes=("RESPONSE_DENIED",))
    stage = guarded(response=refused)
    stage.upstreams.replies = {"a": FakeReply(parts=[completion(CANARY)])}
    client = await stage.run()
    assert orjson.loads(client.body)["error"]["code"] == "RESPONSE_DENIED"
    assert CANARY.encode() not in client.body


class Namer(FakeDetector):
    """Full detection knows a name that patterns do not."""

    async def detect(self, texts, tenant, within_s=None):
        found = await super().detect(texts, tenant, within_s)
        named = [
            tuple(Finding("PERSON", m.start(), m.end(), 0.9, "m") for m in re.finditer("Henrike Vogelsang", text))
            for text in map(bare, texts)
        ]
        segments = tuple(
            dataclasses.replace(one, findings=names) for one, names in zip(found.segments, named, strict=True)
        )
        return dataclasses.replace(found, segments=segments)


NAMES = Obligation("org.names", "redact", entities=("PERSON",))


def naming(stream, **changes):
    said = "You could ask Henrike Vogelsang about it."
    reply = FakeReply(200, "text/event-stream", [delta(said[:20]), delta(said[20:]), delta(finish="stop"), DONE]) if stream else FakeReply(parts=[completion(said)])  # fmt: skip
    return Stage(
        detector=Namer(**changes),
        upstreams=FakeUpstreams({"a": reply}),
        pdp=FakePdp(
            answers={"response": decision(None, (TargetVerdict("a", True, 0, (), (NAMES,)),), "redact_and_deliver")}
        ),
    )


@pytest.mark.parametrize("stream", [False, True])
async def test_names_that_a_rule_takes_out_of_replies_are_found_by_full_detection(stream):
    stage = naming(stream)
    client = await stage.run(chat(stream=stream))
    assert client.status == 200
    assert b"Vogelsang" not in client.body
    assert b"[PERSON]" in client.body
    assert stage.audit.outcome()[1]["response_redacted"] == {"PERSON": 1}


@pytest.mark.parametrize("stream", [False, True])
async def test_a_name_that_stood_in_the_request_may_come_back(stream):
    client = await naming(stream).run(chat("Who is Henrike Vogelsang?", stream=stream))
    assert b"Vogelsang" in client.body


@pytest.mark.parametrize("stream", [False, True])
async def test_a_reply_that_cannot_be_read_for_names_is_withheld(stream):
    stage = naming(stream)
    stage.upstreams.before = lambda _: setattr(stage.detector, "status", Status.TIMEOUT)
    client = await stage.run(chat(stream=stream))
    assert client.status == 503
    assert b"Vogelsang" not in client.body


async def test_a_stream_without_end_marker_may_say_nothing_at_all():
    predictions = next(api for api in torchserve.APIS if api.name == "torchserve_predictions")
    stage = Stage(api=predictions, upstreams=FakeUpstreams({"a": FakeReply(content_type="text/plain", parts=[b""])}))
    request = stage.request(b"Hello there.")
    incoming = dataclasses.replace(request.incoming, variables={"model": "m"}, media="text/plain")
    await stage.pipeline.handle(dataclasses.replace(request, incoming=incoming))
    assert (stage.client.status, stage.client.body, stage.client.ended) == (200, b"", "clean")
    assert stage.audit.outcome()[1]["ended"] == "delivered"
