"""Every port times every fault: nothing leaves without a durable intent, one entry, one honest answer."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from proxy.core.findings import Status
from proxy.core.records import Obligation, TargetVerdict
from proxy.errors import (
    PolicyUnavailableError,
    UpstreamCutError,
    UpstreamError,
    UpstreamTimeoutError,
    VaultUnavailableError,
)
from proxy.exchange.request import ClientGoneError
from testing.fakes import (
    CANARY,
    DONE,
    FakeClient,
    FakeDetector,
    FakePdp,
    FakeReply,
    FakeUpstreams,
    Stage,
    catalog,
    chat,
    completion,
    decision,
    delta,
    target,
)

BODY = chat(f"write to {CANARY}")
PSEUDONYMISE = (Obligation("o1", "pseudonymize"), Obligation("o2", "reidentify_response"))


class DeadVault:
    async def put(self, domain, pseudonyms, subject=b""):
        raise VaultUnavailableError

    async def find(self, domain, pseudonyms):
        raise VaultUnavailableError


def _verdict(name: str, *obligations: Obligation, permit: bool = True) -> TargetVerdict:
    return TargetVerdict(name, permit, 0, (), obligations)


def _answering(selected: str | None, *verdicts: TargetVerdict, action: str = "forward") -> FakePdp:
    return FakePdp(answers={"request": decision(selected, verdicts, action)})


def _audit_down(stage: Stage) -> Stage:
    stage.audit.writer.down = True
    return stage


def _audit_full(stage: Stage) -> Stage:
    stage.audit.writer.full = True
    return stage


#: name -> (stage, status, code); nothing may leave in any of them
BEFORE_EGRESS: dict[str, tuple[Callable[[], Stage], int, str]] = {
    "detector gives too few answers": (lambda: Stage(FakeDetector(missing=1)), 503, "detection_unavailable"),
    "policy engine dead": (
        lambda: Stage(pdp=FakePdp(raises={"request": PolicyUnavailableError()})), 503, "policy_unavailable",
    ),
    "policy selects what is no candidate": (
        lambda: Stage(pdp=_answering("z", _verdict("z")), catalog=catalog(target("a"), target("z"), routes=catalog(target("a")).routes)),
        503, "policy_unavailable",
    ),
    "policy selects a target nobody knows": (
        lambda: Stage(pdp=_answering("nowhere", _verdict("nowhere"))), 503, "policy_unavailable",
    ),
    "policy selects a target that is down": (
        lambda: Stage(pdp=_answering("a", _verdict("a")), upstreams=FakeUpstreams(down=frozenset({"a"}))),
        503, "policy_unavailable",
    ),
    "policy permits without selecting": (
        lambda: Stage(pdp=_answering(None, _verdict("a"))), 503, "policy_unavailable",
    ),
    "selected target is not permitted": (
        lambda: Stage(pdp=_answering("a", _verdict("a", permit=False))), 403, "NO_COMPLIANT_TARGET",
    ),
    "selected target has no verdict": (lambda: Stage(pdp=_answering("a")), 403, "NO_COMPLIANT_TARGET"),
    "denied although a target is permitted": (
        lambda: Stage(pdp=_answering("a", _verdict("a"), action="block")), 403, "NO_COMPLIANT_TARGET",
    ),
    "every target denied": (
        lambda: Stage(pdp=FakePdp(denied=frozenset({"a", "b", "local"}))), 403, "NO_COMPLIANT_TARGET",
    ),
    "unknown obligation": (
        lambda: Stage(pdp=_answering("a", _verdict("a", Obligation("o", "teleport")))), 403, "OBLIGATION_UNSUPPORTED",
    ),
    "unknown profile": (
        lambda: Stage(pdp=_answering("a", _verdict("a", Obligation("o", "deidentify", profile="atlantis")))),
        403, "OBLIGATION_UNSUPPORTED",
    ),
    "vault dead": (lambda: Stage(pdp=FakePdp(PSEUDONYMISE), vault=DeadVault()), 503, "vault_unavailable"),
    "audit store dead": (lambda: _audit_down(Stage()), 503, "audit_unavailable"),
    "audit queue full": (lambda: _audit_full(Stage()), 503, "audit_unavailable"),
}  # fmt: skip


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("case", BEFORE_EGRESS)
async def test_before_egress(case, stream):
    make, status, code = BEFORE_EGRESS[case]
    stage = make()
    client = await stage.run(chat(f"write to {CANARY}", stream=stream))
    assert stage.upstreams.sent == []
    assert (client.status, _error(client)["code"]) == (status, code)
    assert client.ended == "answered"
    _recorded_once(stage, at_most=0 if case == "audit queue full" else 1)


@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMEOUT, Status.PARTIAL])
async def test_policy_is_told_when_the_payload_was_not_read(status):
    stage = Stage(FakeDetector(status=status), FakePdp(denied=frozenset({"a", "b", "local"})))
    await stage.run(BODY)
    facts = stage.pdp.asked[0]
    assert (facts.status, facts.coverage) == (status.value, 0.0)
    _recorded_once(stage)


@pytest.mark.parametrize("where", ["detector", "pdp"])
async def test_a_bug_in_a_port_leaves_one_record_and_no_egress(where):
    bug = RuntimeError(CANARY)
    stage = Stage(FakeDetector(raises=bug)) if where == "detector" else Stage(pdp=FakePdp(raises={"request": bug}))
    with pytest.raises(RuntimeError):
        await stage.run(BODY)
    assert stage.upstreams.sent == []
    outcome, facts = stage.audit.outcome()
    assert (outcome.status, facts["ended"], facts["code"]) == (500, "failed", "internal_error")
    _recorded_once(stage)


async def test_a_refusal_that_cannot_be_recorded_is_answered_as_such():
    stage = _audit_down(Stage(pdp=FakePdp(denied=frozenset({"a", "b", "local"}))))
    with pytest.raises(Exception, match="could not be recorded"):
        await stage.run(BODY)
    assert stage.client.ended == ""
    assert stage.upstreams.sent == []


async def test_audit_down_after_the_intent_still_serves_and_queues_the_outcome():
    stage = Stage()
    stage.upstreams.before = lambda _: setattr(stage.audit.writer, "down", True)
    client = await stage.run(BODY)
    assert client.status == 200
    assert [record.kind for record in stage.audit.records(durable=True)] == ["decision", "attempt"]
    assert [record.kind for record in stage.audit.records()] == ["decision", "attempt", "outcome"]


async def test_audit_down_between_two_hops_stops_the_failover():
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(500)}))
    stage.upstreams.before = lambda _: setattr(stage.audit.writer, "down", True)
    client = await stage.run(BODY)
    assert [out.target.id for out in stage.upstreams.sent] == ["a"]
    assert (client.status, _error(client)["code"]) == (503, "audit_unavailable")
    _recorded_once(stage)


async def test_policy_that_repeats_a_failed_target_ends():
    odd = decision("a", (_verdict("a"), _verdict("b")), "forward")
    stage = Stage(pdp=FakePdp(answers={"fallback": odd}), upstreams=FakeUpstreams({"a": FakeReply(500)}))
    client = await stage.run(BODY)
    assert [out.target.id for out in stage.upstreams.sent] == ["a"]
    assert (client.status, _error(client)["code"]) == (503, "policy_unavailable")
    _recorded_once(stage)


STREAM = "text/event-stream"
WHOLE_PART = completion(f"half {CANARY}")[:40]
#: name -> (what each target does, for whole and for streamed requests; status, code, how the attempt ended)
UPSTREAM: dict[str, tuple[Callable[[bool], FakeReply | Exception], int, str, str]] = {
    "refused connection": (lambda _: UpstreamError(), 502, "upstream_error", "upstream_error"),
    "no head in time": (lambda _: UpstreamTimeoutError(), 504, "upstream_timeout", "timeout"),
    "5xx": (lambda _: FakeReply(503, parts=[CANARY.encode()]), 502, "upstream_error", "upstream_error"),
    "401": (lambda _: FakeReply(401, parts=[CANARY.encode()]), 502, "upstream_error", "upstream_error"),
    "204": (lambda _: FakeReply(204), 502, "upstream_error", "upstream_error"),
    "429": (lambda _: FakeReply(429, parts=[CANARY.encode()]), 429, "upstream_rate_limited", "upstream_error"),
    "stall": (
        lambda s: FakeReply(200, STREAM if s else "application/json", [], UpstreamTimeoutError()),
        504, "upstream_timeout", "timeout",
    ),
    "reset": (
        lambda s: FakeReply(200, STREAM if s else "application/json", [] if s else [WHOLE_PART], UpstreamError()),
        502, "upstream_error", "upstream_error",
    ),
    "empty": (lambda s: FakeReply(200, STREAM if s else "application/json"), 502, "", ""),
    "not JSON": (lambda _: FakeReply(200, "text/html", [b"<html>", CANARY.encode()]), 502, "upstream_malformed", "malformed"),
    "cut JSON": (lambda _: FakeReply(parts=[WHOLE_PART]), 502, "upstream_malformed", "malformed"),
    "JSON of another API": (lambda _: FakeReply(parts=[b'{"ok": true}']), 502, "upstream_malformed", "malformed"),
    "choices of another shape": (
        lambda _: FakeReply(parts=[b'{"choices": {"0": "' + CANARY.encode() + b'"}}']), 502, "upstream_malformed", "malformed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("case", UPSTREAM)
async def test_upstream_fault_before_the_first_byte(case, stream):
    make, status, code, ended = UPSTREAM[case]
    stage = Stage(pdp=FakePdp(PSEUDONYMISE))
    stage.upstreams.replies = {name: make(stream) for name in stage.catalog.targets}
    client = await stage.run(chat(f"write to {CANARY}", stream=stream))
    assert [out.target.id for out in stage.upstreams.sent] == ["a", "b", "local"]
    assert client.status == status
    if code:
        assert _error(client)["code"] == code
        assert {one["ended"] for one in stage.audit.outcome()[1]["attempts"]} == {ended}
    assert CANARY.encode() not in client.body
    assert all(reply.closed == 1 for reply in stage.upstreams.replies.values() if isinstance(reply, FakeReply))
    _recorded_once(stage)


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_the_text_of_a_target_that_does_not_serve_a_request_is_withheld(status):
    replies = {name: FakeReply(status, parts=[CANARY.encode()]) for name in ("a", "b", "local")}
    stage = Stage(upstreams=FakeUpstreams(replies))
    client = await stage.run(BODY)
    assert (client.status, _error(client)["code"]) == (status, "target_unsupported")
    assert CANARY.encode() not in client.body
    assert [outbound.target.id for outbound in stage.upstreams.sent] == ["a", "b", "local"]


async def test_a_prompt_that_is_too_long_for_the_target_is_told_and_its_text_withheld():
    written = b'{"error": {"code": "context_length_exceeded", "message": "' + CANARY.encode() + b'"}}'
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(400, parts=[written])}))
    client = await stage.run(BODY)
    assert (client.status, _error(client)["code"]) == (400, "context_length_exceeded")
    assert CANARY.encode() not in client.body
    _recorded_once(stage)


async def test_a_refusal_whose_text_breaks_off_is_one_all_the_same():
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(400, parts=[b"{"], fault=UpstreamError())}))
    client = await stage.run(BODY)
    assert (client.status, _error(client)["code"]) == (400, "target_refused")
    _recorded_once(stage)


@pytest.mark.parametrize("status", [400, 413, 415, 422])
async def test_a_request_the_target_refuses_is_not_sent_elsewhere_and_its_text_is_withheld(status):
    stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(status, parts=[CANARY.encode()])}))
    client = await stage.run(BODY)
    assert (client.status, _error(client)["code"]) == (status, "target_refused")
    assert len(stage.upstreams.sent) == 1
    assert CANARY.encode() not in client.body
    _recorded_once(stage)


#: what follows the first delivered event of a stream -> how it ends
MID_STREAM = {
    "cut": ([], None, "cut", "upstream_cut"),
    "reset": ([], UpstreamError(), "upstream_error", "upstream_error"),
    "stall": ([], UpstreamTimeoutError(), "timeout", "upstream_timeout"),
    "cut by the adapter": ([], UpstreamCutError(), "cut", "upstream_cut"),
    "not JSON": ([b"data: {oops\n\n"], None, "malformed", "upstream_malformed"),
    "choices of another shape": ([b'data: {"choices": [1]}\n\n'], None, "malformed", "upstream_malformed"),
    "choices no list": ([b'data: {"choices": 5}\n\n'], None, "malformed", "upstream_malformed"),
    "delta no object": ([b'data: {"choices": [{"delta": "x"}]}\n\n'], None, "malformed", "upstream_malformed"),
    "index no number": ([b'data: {"choices": [{"index": [], "delta": {}}]}\n\n'], None, "malformed", "upstream_malformed"),
    "error event": ([b'data: {"error": {"message": "' + CANARY.encode() + b'"}}\n\n'], None, "upstream_error", "upstream_error"),
    "half an event": ([b'data: {"choices": [{"delta": {"content": "x"}}]}\n'], None, "cut", "upstream_cut"),
    "marker inside a text": ([delta("see data: [DONE]\n\n")], None, "cut", "upstream_cut"),
}  # fmt: skip


@pytest.mark.parametrize("filtered", [False, True], ids=["unfiltered", "filtered"])
@pytest.mark.parametrize("case", MID_STREAM)
async def test_broken_stream_never_ends_cleanly(case, filtered):
    parts, fault, ended, code = MID_STREAM[case]
    if not filtered and case not in {
        "cut",
        "reset",
        "stall",
        "cut by the adapter",
        "marker inside a text",
        "half an event",
    }:
        pytest.skip("unfiltered bytes are not read")
    reply = FakeReply(200, STREAM, [delta("Good day to you, "), *parts], fault)
    stage = Stage(pdp=FakePdp(PSEUDONYMISE if filtered else ()))
    stage.upstreams.replies = {"a": reply}
    client = await stage.run(chat(f"write to {CANARY}", stream=True))
    assert client.ended == "aborted"
    assert DONE not in client.body
    assert CANARY.encode() not in client.body
    last = orjson.loads(client.body.split(b"data: ")[-1])["error"]
    assert (last["code"], last["request_id"]) == (code, "x1")
    assert len(stage.upstreams.sent) == 1  # part of the reply is out: no other target may be tried
    _, facts = stage.audit.outcome()
    assert (facts["ended"], facts["code"], facts["attempts"][0]["ended"]) == ("cut", code, ended)
    assert reply.closed == 1
    _recorded_once(stage)


async def test_what_follows_the_end_marker_does_not_spoil_a_complete_stream():
    reply = FakeReply(200, STREAM, [delta("Hi", finish="stop"), DONE], UpstreamError())
    stage = Stage(upstreams=FakeUpstreams({"a": reply}))
    client = await stage.run(chat(stream=True))
    assert client.ended == "clean"
    assert stage.audit.outcome()[1]["ended"] == "delivered"


@pytest.mark.parametrize("calls", range(5))
async def test_caller_leaves_at_every_moment_of_a_stream(calls):
    reply = FakeReply(200, STREAM, [delta("Hi"), delta("there", finish="stop"), DONE])
    stage = Stage(client=FakeClient(gone_at=calls), upstreams=FakeUpstreams({"a": reply}))
    client = await stage.run(chat(stream=True))
    assert client.ended in {"", "clean"}
    outcome, facts = stage.audit.outcome()
    # begin, three writes, end
    assert (outcome.status, facts["ended"], facts["attempts"][0]["ended"]) == (499, "client_gone", "client_gone")
    assert reply.closed == 1
    _recorded_once(stage)


async def test_caller_leaves_before_a_whole_reply():
    stage = Stage(client=FakeClient(gone_at=0))
    await stage.run(BODY)
    outcome, facts = stage.audit.outcome()
    assert (outcome.status, facts["ended"]) == (499, "client_gone")
    assert len(stage.upstreams.sent) == 1
    _recorded_once(stage)


async def test_caller_leaves_a_broken_stream():
    reply = FakeReply(200, STREAM, [delta("Hi")], UpstreamError())
    stage = Stage(client=FakeClient(gone_at=2), upstreams=FakeUpstreams({"a": reply}))
    await stage.run(chat(stream=True))
    assert stage.audit.outcome()[1]["ended"] == "client_gone"
    _recorded_once(stage)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_policy_dead_in_the_response_phase_withholds_the_reply(stream):
    stage = Stage(pdp=FakePdp(raises={"response": PolicyUnavailableError()}))
    kind, parts = (STREAM, [delta(CANARY), DONE]) if stream else ("application/json", [completion(CANARY)])
    stage.upstreams.replies = {"a": FakeReply(200, kind, parts)}
    client = await stage.run(chat(stream=stream))
    assert (client.status, _error(client)["code"]) == (503, "policy_unavailable")
    assert CANARY.encode() not in client.body
    _recorded_once(stage)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_policy_blocks_the_reply(stream):
    blocked = decision(None, (), "block")
    stage = Stage(pdp=FakePdp(answers={"response": blocked}))
    kind, parts = (STREAM, [delta(CANARY), DONE]) if stream else ("application/json", [completion(CANARY)])
    stage.upstreams.replies = {"a": FakeReply(200, kind, parts)}
    client = await stage.run(chat(stream=stream))
    assert (client.status, client.ended) == (403, "answered")
    assert CANARY.encode() not in client.body
    assert stage.audit.outcome()[1]["ended"] == "denied"
    assert stage.audit.outcome()[1]["response_action"] == "block"
    _recorded_once(stage)


@pytest.mark.parametrize("kind", ["mask", "pseudonymize", "deidentify"])
async def test_a_transform_that_replies_do_not_undergo_withholds_the_reply(kind):
    verdict = _verdict("a", Obligation("o", kind, entities=("US_SSN",)))
    stage = Stage(pdp=FakePdp(answers={"response": decision(None, (verdict,), "redact_and_deliver")}))
    client = await stage.run(BODY)
    assert client.status == 503
    _recorded_once(stage)


async def test_a_gone_client_is_no_reason_to_try_another_target():
    stage = Stage()
    stage.upstreams.replies = {"a": FakeReply(fault=ClientGoneError())}
    await stage.run(BODY)
    assert len(stage.upstreams.sent) == 1


def _error(client: FakeClient) -> dict:
    error = orjson.loads(client.body)["error"]
    assert set(error) == {"message", "type", "param", "code", "request_id"}
    assert error["request_id"] == "x1"
    assert CANARY not in error["message"]
    return error


def _recorded_once(stage: Stage, at_most: int = 1) -> None:
    """Exactly one decision and one outcome, an intent for everything that left, no payload text, nothing open."""
    records = stage.audit.records()
    assert len([r for r in records if r.kind == "decision"]) == at_most
    assert len([r for r in records if r.kind == "outcome"]) == at_most
    assert stage.audit.open_entries == 0
    intents = [(r.attempt, r.target) for r in stage.audit.records("attempt", durable=True)]
    assert intents[: len(stage.upstreams.sent)] == [(n, o.target.id) for n, o in enumerate(stage.upstreams.sent, 1)]
    assert CANARY.encode() not in b"".join(record.body for record in records)
