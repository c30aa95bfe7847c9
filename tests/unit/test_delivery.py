from __future__ import annotations

import dataclasses

import orjson
import pytest

from proxy.core.records import Obligation, TargetVerdict
from tests.fakes import (
    CANARY,
    DONE,
    SSN,
    FakePdp,
    FakeReply,
    FakeUpstreams,
    Stage,
    catalog,
    chat,
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
    stage.upstreams.replies = {"a": FakeReply(parts=[completion(f"It is {SSN}, mail somebody@example.org")])}
    assert content(await stage.run()) == "It is [US_SSN], mail [EMAIL_ADDRESS]"


async def test_a_reply_nobody_asked_to_scan_passes_byte_for_byte():
    body = completion(f"It is {SSN}").replace(b",", b" , ")
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(parts=[body])}))
    assert (await stage.run()).body == body
    assert stage.pdp.asked[-1].entities == ()


@pytest.mark.parametrize(
    ("asked", "necessary", "wanted"),
    [("hello", (), "[US_SSN]"), (f"is it {SSN}?", (), SSN), ("hello", ("US_SSN",), SSN)],
    ids=["unexpected", "the request's own type", "necessary"],
)
async def test_guarded_kinds_are_taken_out_of_a_stream(asked, necessary, wanted):
    chosen = catalog(activities={"support": {"necessary_entities": necessary}})
    stage = Stage(pdp=FakePdp(GUARD), catalog=chosen)
    parts = [delta("It is 078-"), delta("05-1120"), delta(" indeed", finish="stop"), DONE]
    stage.upstreams.replies = {"a": FakeReply(200, STREAM, parts)}
    client = await stage.run(chat(asked, stream=True))
    said = [
        orjson.loads(one[6:])["choices"][0]["delta"] for one in client.body.split(b"\n\n") if one.startswith(b"data: {")
    ]
    assert "".join(one.get("content", "") for one in said) == f"It is {wanted} indeed"
    assert client.ended == "clean"


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


async def test_a_whole_reply_to_a_stream_request_is_passed_on_whole():
    client = await Stage().run(chat(stream=True))
    assert (client.ended, content(client)) == ("answered", "Hello.")


async def test_the_attempt_says_what_went_in_and_out():
    body = completion("x")
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(parts=[body])}))
    await stage.run(chat("hello"))
    [attempt] = stage.audit.outcome()[1]["attempts"]
    assert attempt == {
        "number": 1, "target": "a", "status": 200, "ended": "complete", "bytes_out": len(stage.upstreams.sent[0].body),
        "bytes_in": len(body), "duration_ms": 0, "upstream_request_id": "up-1",
    }  # fmt: skip


async def test_headers_of_the_reply_say_what_was_done_and_nothing_of_the_target_passes():
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(200, STREAM, [delta("a"), DONE])}))
    client = await stage.run(chat(stream=True))
    assert client.headers == {"x-compliance-action": "forward", "x-compliance-target": "a"}


async def test_the_response_is_judged_for_the_target_that_gave_it():
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(500)}))
    await stage.run()
    assert stage.pdp.asked[-1].candidates == (("b", 1, True),)


async def test_a_denied_reply_names_no_text():
    refused = dataclasses.replace(decision(None, (), "block"), block_codes=("RESPONSE_DENIED",))
    stage = guarded(response=refused)
    stage.upstreams.replies = {"a": FakeReply(parts=[completion(CANARY)])}
    client = await stage.run()
    assert orjson.loads(client.body)["error"]["code"] == "RESPONSE_DENIED"
    assert CANARY.encode() not in client.body
