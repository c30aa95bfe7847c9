"""A reply has one head; a fault behind it cuts the stream. Messages and records say what became of a request."""

from __future__ import annotations

import dataclasses

import orjson
import pytest

from proxy import errors
from proxy.codecs.openai.dialect import DIALECT
from proxy.codecs.openai.responses import RESPONSES
from proxy.core.records import Obligation, TargetVerdict
from proxy.core.state import kept
from proxy.errors import (
    AuditUnavailableError,
    DetectionError,
    PolicyUnavailableError,
    ProxyError,
    UpstreamError,
    UpstreamTimeoutError,
    VaultUnavailableError,
)
from proxy.exchange.mirroring import NoClient
from testing.fakes import FakeClient, FakePdp, FakeReply, FakeUpstreams, Stage, chat, decision, delta
from testing.memory_vault import MemoryVault

STREAM = "text/event-stream"
STORED = orjson.dumps({"model": "m", "input": "hello", "store": True})
CREATED = b'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1"}}\n\n'
WHOLE = {"id": "resp_1", "object": "response", "status": "completed", "output": []}
INSIDE = [kind for kind in errors.every() if kind.within]


class Forgetful(MemoryVault):
    """Stores no handle."""

    async def put(self, domain, pseudonyms, subject=b""):
        if any(name.startswith(kept.RESPONSE) for name in pseudonyms):
            raise VaultUnavailableError
        await super().put(domain, pseudonyms, subject)


def said(client):
    return orjson.loads(client.body)["error"]


def attempts(stage):
    return stage.audit.outcome()[1]["attempts"]


@pytest.mark.parametrize("kind", errors.every())
async def test_any_fault_behind_the_head_of_a_stream_cuts_it(kind):
    reply = FakeReply(200, STREAM, [delta("a" * 400)], kind())
    stage = Stage(upstreams=FakeUpstreams({"a": reply}))
    client = await stage.run(chat(stream=True))
    assert (client.status, client.ended, client.body.count(b"a" * 400)) == (200, "aborted", 1)
    assert kind.code.encode() in client.body
    outcome, facts = stage.audit.outcome()
    assert (outcome.status, outcome.codes, facts["ended"], len(attempts(stage))) == (200, (kind.code,), "cut", 1)
    assert attempts(stage)[0]["ended"] != "abandoned"


@pytest.mark.parametrize("kind", errors.every())
async def test_any_fault_before_the_head_of_a_stream_is_answered(kind):
    reply = FakeReply(200, STREAM, [], kind())
    stage = Stage(upstreams=FakeUpstreams(dict.fromkeys(("a", "b", "local"), reply)))
    client = await stage.run(chat(stream=True))
    assert (client.status, client.ended) == (DIALECT.refusal_status(kind.status), "answered")
    assert stage.audit.outcome()[1]["ended"] == "failed"


@pytest.mark.parametrize("make", [FakeClient, NoClient])
async def test_a_caller_gets_one_head(make):
    for first in ("answer", "begin"):
        client = make()
        await (client.answer(200, b"", {}) if first == "answer" else client.begin(STREAM, {}))
        for second in (client.answer(500, b"", {}), client.begin(STREAM, {})):
            with pytest.raises(RuntimeError):
                await second


async def test_a_fault_behind_a_whole_reply_changes_nothing_about_it():
    client = FakeClient()
    await client.answer(200, b"ok", {})
    await client.fail(503, b"no", {}, lambda _: b"no")
    assert (client.status, client.body, client.ended) == (200, b"ok", "answered")


@pytest.mark.parametrize("kind", INSIDE)
async def test_a_part_that_fails_before_anything_leaves_says_that_nothing_was_sent(kind):
    stage = Stage(pdp=FakePdp(raises={"request": kind()}))
    client = await stage.run()
    assert said(client)["message"].endswith(", so nothing was sent.")
    assert stage.upstreams.sent == []


@pytest.mark.parametrize("kind", INSIDE)
async def test_a_part_that_fails_on_the_reply_says_who_had_the_request(kind):
    stage = Stage(pdp=FakePdp(raises={"response": kind()}))
    client = await stage.run()
    assert said(client)["message"].endswith("; target a had the request by then.")
    assert "nothing" not in said(client)["message"]
    assert [one["ended"] for one in attempts(stage)] == ["undelivered"]


@pytest.mark.parametrize("kind", INSIDE)
@pytest.mark.parametrize(("first", "sent"), [(UpstreamTimeoutError(), True), (FakeReply(429), False)])
async def test_a_part_that_fails_before_a_second_attempt_says_what_the_first_did(kind, first, sent):
    stage = Stage(upstreams=FakeUpstreams({"a": first}), pdp=FakePdp(raises={"fallback": kind()}))
    client = await stage.run()
    wanted = "; target a had the request by then." if sent else ", so nothing was sent."
    assert said(client)["message"].endswith(wanted)


@pytest.mark.parametrize("stream", [False, True])
async def test_what_is_kept_without_a_handle_is_named_in_the_record(stream):
    reply = FakeReply(200, STREAM, [CREATED]) if stream else FakeReply(parts=[orjson.dumps(WHOLE)])
    stage = Stage(api=RESPONSES, upstreams=FakeUpstreams({"a": reply}), vault=Forgetful(Stage().clock))
    client = await stage.run(orjson.dumps({**orjson.loads(STORED), "stream": stream}))
    assert (client.status, said(client)["code"], client.headers["x-should-retry"]) == (
        503,
        "vault_unavailable",
        "false",
    )
    assert said(client)["message"].endswith("; target a had the request by then.")
    [attempt] = attempts(stage)
    assert (attempt["ended"], attempt["left"], attempt["status"]) == ("undelivered", "resp_1", 200)
    assert "kept" not in attempt
    assert b"resp_1" not in client.body


@pytest.mark.parametrize("raises", [PolicyUnavailableError(), DetectionError(), AuditUnavailableError()])
async def test_what_is_kept_has_a_handle_before_anything_else_can_fail(raises):
    stage = Stage(api=RESPONSES, upstreams=FakeUpstreams({"a": FakeReply(parts=[orjson.dumps(WHOLE)])}))
    stage.pdp.raises = {"response": raises}
    assert (await stage.run(STORED)).status == 503
    [attempt] = attempts(stage)
    assert kept.is_handle(attempt["kept"], kept.RESPONSE)
    assert "left" not in attempt


async def test_a_reply_that_policy_withholds_has_a_handle_in_the_record():
    stage = Stage(api=RESPONSES, upstreams=FakeUpstreams({"a": FakeReply(parts=[orjson.dumps(WHOLE)])}))
    stage.pdp.answers = {"response": decision(None, (), "block")}
    assert (await stage.run(STORED)).status == 400
    assert kept.is_handle(attempts(stage)[0]["kept"], kept.RESPONSE)


async def test_a_stored_chat_that_policy_withholds_is_in_the_record():
    stage = Stage()
    stage.pdp.answers = {"response": decision(None, (), "block")}
    await stage.run(chat(store=True))
    assert attempts(stage)[0]["left"] == "unknown"


async def test_what_is_delivered_leaves_nothing_unnamed():
    for body in (chat(store=True), chat()):
        stage = Stage()
        await stage.run(body)
        assert "left" not in attempts(stage)[0]


async def test_a_target_that_refuses_keeps_nothing():
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(400)}))
    await stage.run(chat(store=True))
    assert "left" not in attempts(stage)[0]


async def test_obligations_that_fail_on_the_reply_say_so():
    class Late:
        async def carry_out(self, *_):
            raise AuditUnavailableError

    stage = Stage()
    verdicts = (TargetVerdict("a", True, 0, (), (Obligation("r1", "notify"),)),)
    stage.pdp.answers = {"response": decision(None, verdicts, "deliver")}
    stage.pipeline._ports = dataclasses.replace(stage.pipeline._ports, obligations=Late())
    client = await stage.run()
    assert said(client)["message"] == "The decision could not be recorded; target a had the request by then."


def test_no_message_claims_by_itself_that_nothing_was_sent():
    assert [kind for kind in errors.every() if "nothing was sent" in str(kind())] == []
    assert ProxyError("x").message == "x"
    assert UpstreamError("x").message == "x"
