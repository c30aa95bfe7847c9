"""The cache on the request path: what answers again, byte for byte as a target's reply would, and what never does."""

from __future__ import annotations

import asyncio
import dataclasses

import orjson
import pytest

from proxy.core.cached import StoredReply
from proxy.core.findings import Status
from proxy.core.records import DeclaredFacts, Grant, Obligation, Principal
from proxy.errors import UpstreamCutError, VaultUnavailableError
from proxy.exchange.caching import ReplyCache
from testing.fakes import (
    CANARY,
    DONE,
    PRINCIPAL,
    SSN,
    FakeClient,
    FakeDetector,
    FakePdp,
    FakeReply,
    Stage,
    catalog,
    chat,
    completion,
    decision,
    delta,
    target,
)

HOUR = Obligation("c", "cache_reply", params={"max_age_s": 3600})
RULES = (
    Obligation("o1", "pseudonymize", entities=("EMAIL_ADDRESS",)),
    Obligation("o2", "redact", entities=("US_SSN",), params={"restore": "exchange"}),
    Obligation("o3", "reidentify_response"),
    Obligation("o4", "response_scan"),
    HOUR,
)
ASKED = chat(f"Write to {CANARY} about {SSN}.")


def staged(*rules, reply=None, **changes):
    """A stage whose target says what the request said."""
    stage = Stage(pdp=FakePdp(rules or RULES), caches=True, **changes)

    def answer(sent):
        said = orjson.loads(sent.wire.body)["messages"][0]["content"]
        stage.upstreams.replies = {"a": reply(said) if reply else FakeReply(parts=[completion(f"You said: {said}")])}

    stage.upstreams.before = answer
    return stage


async def again(stage, body=ASKED, number=[0], asked="", **changes):  # noqa: B006 - counts exchanges
    """Serve one request as an exchange of its own."""
    number[0] += 1
    stage.client = FakeClient(asked=asked)
    return await stage.run(body, id=f"x{number[0]}", **changes)


def streamed(said):
    pieces = [delta(said[at : at + 7]) for at in range(0, len(said), 7)]
    return FakeReply(content_type="text/event-stream", parts=[*pieces, delta(finish="stop"), DONE])


def outcomes(stage):
    return [orjson.loads(record.body)["facts"] for record in stage.audit.records("outcome")]


async def test_an_equal_request_gets_the_same_bytes_and_nothing_leaves():
    stage = staged()
    live, hit = await again(stage), await again(stage)
    assert CANARY in live.body.decode()
    assert SSN in live.body.decode()
    assert (hit.status, hit.body, hit.media) == (live.status, live.body, live.media)
    assert len(stage.upstreams.sent) == 1
    assert live.headers["cache-status"] == "compliance-proxy;fwd=miss"
    assert hit.headers["cache-status"].startswith("compliance-proxy;hit;ttl=3600")
    assert hit.headers["age"] == "0"
    differ = {"cache-status", "age"}
    assert {**live.headers, **dict.fromkeys(differ)} == {**hit.headers, **dict.fromkeys(differ)}


async def test_the_reply_to_a_caller_that_leaves_once_it_has_it_all_is_kept(monkeypatch):
    stage, keeping, may = staged(), asyncio.Event(), asyncio.Event()
    put = ReplyCache.keep

    async def late(*about):
        keeping.set()
        await may.wait()
        await put(*about)

    monkeypatch.setattr(ReplyCache, "keep", late)
    asking = asyncio.create_task(again(stage))
    await keeping.wait()
    asking.cancel()
    may.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert ";hit;" in (await again(stage)).headers["cache-status"]


async def test_a_stream_is_replayed_event_by_event():
    stage = staged(reply=streamed)
    body = chat(f"Write to {CANARY}.", stream=True)
    live, hit = await again(stage, body), await again(stage, body)
    assert CANARY in "".join(orjson.loads(e[6:])["choices"][0]["delta"].get("content", "") for e in live.body.split(b"\n\n") if e[:7] == b"data: {")  # fmt: skip
    assert (hit.written, hit.media, hit.ended) == (live.written, live.media, live.ended)
    assert len(hit.written) > 3
    assert len(stage.upstreams.sent) == 1


async def test_a_stream_answers_no_request_for_a_whole_reply():
    stage = staged(reply=streamed)
    await again(stage, chat("hello", stream=True))
    stage.upstreams.before = None
    stage.upstreams.replies = {}
    await again(stage, chat("hello"))
    assert len(stage.upstreams.sent) == 2


async def test_nothing_of_a_person_is_in_what_is_kept():
    stage = staged()
    await again(stage)
    [(packed, _, about)] = stage.replies.rows.values()
    kept = StoredReply.unpacked(packed)
    assert CANARY.encode() not in b"".join(kept.pieces)
    assert SSN.encode() not in b"".join(kept.pieces)
    assert all(name.encode() in b"".join(kept.pieces) for name in about.pseudonyms)
    assert about.pseudonyms


async def test_a_hit_is_an_exchange_with_a_record_that_says_so():
    stage = staged()
    await again(stage)
    first = stage.audit.records("decision")[0].exchange
    stage.clock.seconds += 90
    hit = await again(stage)
    assert hit.headers["age"] == "90"
    decisions, attempts = stage.audit.records("decision", durable=True), stage.audit.records("attempt")
    assert (len(decisions), len(attempts)) == (2, 1)
    live, reused = outcomes(stage)
    assert "cache" not in live
    assert reused["attempts"] == []
    assert reused["ended"] == "delivered"
    assert reused["cache"]["exchange"] == first
    assert (reused["cache"]["age_s"], reused["cache"]["target"]) == (90, "a")
    assert reused["cache"]["operator"] == "third_party"
    assert reused["cache"]["saved"]["source"] == "estimated"
    assert reused["obligations_unfulfilled"] == []
    assert set(reused["obligations_fulfilled"]) == {rule.id for rule in RULES}
    assert stage.audit.records("outcome")[1].action == "forward"


async def test_it_is_gone_after_its_time():
    stage = staged()
    await again(stage)
    stage.clock.seconds += 3600
    await again(stage)
    assert len(stage.upstreams.sent) == 2


async def test_policy_may_forbid_now_what_it_permitted_then():
    stage = staged()
    await again(stage)
    stage.pdp.obligations = (*RULES, Obligation("c2", "cache_reply", params={"max_age_s": 0}))
    await again(stage)
    stage.pdp.obligations = RULES[:-1]
    assert "cache-status" not in (await again(stage)).headers
    assert len(stage.upstreams.sent) == 3


async def test_a_kept_reply_is_judged_as_any_other():
    stage = staged(HOUR, RULES[3], reply=lambda _: FakeReply(parts=[completion(f"It is {SSN}.")]))
    first = await again(stage, chat("hello"))
    assert SSN in first.body.decode()
    stage.pdp.guards = frozenset({"US_SSN"})
    hit = await again(stage, chat("hello"))
    assert len(stage.upstreams.sent) == 1
    assert SSN not in hit.body.decode()
    assert hit.headers["x-compliance-redacted"] == "US_SSN"


OTHERS = {
    "tenant": {"principal": Principal("key2", "mercy", "crm", ("support",), "support", "DE")},
    "service": {"principal": Principal("key2", "acme", "web", ("support",), "support", "DE")},
    "activity": {"declared": DeclaredFacts("sales")},
    "conversation": {"declared": DeclaredFacts("support", conversation="c2")},
    "subject": {"declared": DeclaredFacts("support", subject_mark=b"m" * 16)},
    "ingress": {"principal": dataclasses.replace(PRINCIPAL, ingress_region="FR")},
}


@pytest.mark.parametrize("other", OTHERS)
async def test_nobody_elses_reply_answers(other):
    stage = staged(HOUR)
    await again(stage, chat("hello"))
    await again(stage, chat("hello"), **OTHERS[other])
    assert len(stage.upstreams.sent) == 2
    await again(stage, chat("hello"), **OTHERS[other])
    assert len(stage.upstreams.sent) == 2


@pytest.mark.parametrize(
    "change",
    [{"temperature": 0.5}, {"seed": 1}, {"top_p": 1}, {"max_tokens": 9}, {"model": "n"}, {"stream": False},
     {"user": "u"}, {"tools": []}, {"messages": [{"role": "user", "content": "hello "}]},
     {"messages": [{"role": "system", "content": "hello"}]}],
)  # fmt: skip
async def test_whatever_could_change_the_answer_makes_another_request(change):
    stage = staged(HOUR)
    await again(stage, chat("hello"))
    await again(stage, orjson.dumps(orjson.loads(chat("hello")) | change))
    assert len(stage.upstreams.sent) == 2


async def test_another_address_or_place_of_the_target_makes_another_request():
    for change in ({"base_url": "https://other.test/v1"}, {"region": "US"}):
        stage = staged(HOUR)
        await again(stage, chat("hello"))
        moved = staged(HOUR, catalog=catalog(target("a", **change)))
        moved.replies.rows |= stage.replies.rows
        await again(moved, chat("hello"))
        assert len(moved.upstreams.sent) == 1


CALL = [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
UNFIT = {
    "calls": FakeReply(parts=[completion("", tool_calls=CALL)]),
    "refusal": FakeReply(parts=[completion("", refusal="No.")]),
    "cut by length": FakeReply(parts=[completion("x").replace(b'"stop"', b'"length"')]),
    "filtered": FakeReply(parts=[completion("x").replace(b'"stop"', b'"content_filter"')]),
    "unended": FakeReply(parts=[completion("x").replace(b'"stop"', b"null")]),
    "empty": FakeReply(parts=[completion("")]),
    "caller's fault": FakeReply(400, parts=[b'{"error": {}}']),
    "stream with a call": FakeReply(content_type="text/event-stream", parts=[delta(tool_calls=[{"index": 0, **CALL[0]}]), delta(finish="tool_calls"), DONE]),
    "stream with a refusal": FakeReply(content_type="text/event-stream", parts=[delta(refusal="No."), delta(finish="stop"), DONE]),
    "stream cut by length": FakeReply(content_type="text/event-stream", parts=[delta("x"), delta(finish="length"), DONE]),
    "stream without end": FakeReply(content_type="text/event-stream", parts=[delta("x"), DONE]),
    "stream of two": FakeReply(content_type="text/event-stream", parts=[delta("x"), delta("y", 1), delta(finish="stop"), delta(index=1, finish="stop"), DONE]),
    "too large": FakeReply(parts=[completion("x" * (1 << 20))]),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNFIT)
async def test_what_is_no_answer_is_never_kept(kind):
    stage = staged(HOUR, reply=lambda _: dataclasses.replace(UNFIT[kind]))
    await again(stage, chat("hello", stream=kind.startswith("stream")))
    assert not stage.replies.rows


async def test_a_stream_that_breaks_is_never_kept():
    cut = FakeReply(content_type="text/event-stream", parts=[delta("x")], fault=UpstreamCutError())
    stage = staged(HOUR, reply=lambda _: cut)
    await again(stage, chat("hello", stream=True))
    assert not stage.replies.rows


async def test_a_caller_who_leaves_leaves_nothing():
    stage = staged(HOUR, reply=streamed)
    stage.client = FakeClient(gone_at=2)
    await stage.run(chat("hello there, whoever you are", stream=True))
    assert not stage.replies.rows


async def test_a_reply_that_policy_withholds_is_not_kept():
    stage = staged(HOUR)
    stage.pdp.answers["response"] = decision(None, (), "block")
    assert (await again(stage, chat("hello"))).status == 403
    assert not stage.replies.rows


@pytest.mark.parametrize("included", [False, True])
async def test_special_categories_need_a_word_of_their_own(included):
    params = {"max_age_s": 60, **({"special_categories": "included"} if included else {})}
    stage = staged(Obligation("c", "cache_reply", params=params))
    for declared in (DeclaredFacts("support", labels=("health",)), DeclaredFacts("support", minor="yes")):
        stage.replies.rows.clear()
        await again(stage, chat("hello"), declared=declared)
        assert bool(stage.replies.rows) is included


async def test_what_was_not_read_may_be_anything():
    stage = staged(HOUR, detector=FakeDetector(status=Status.PARTIAL))
    await again(stage, chat("hello"))
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    await again(stage, chat([picture]))
    assert not stage.replies.rows


BOUND = {
    "grant": {"grant": Grant("bg_1", "T", "b", True, True, 2_000_000_000)},
    "mirror": {"mirror_of": "x0"},
    "only": {"only": "a"},
    "credential": {"declared": DeclaredFacts("support", target_credential="secret")},
    "account": {"declared": DeclaredFacts("support", target_accounts={"openai-organization": "o"})},
}


@pytest.mark.parametrize("kind", BOUND)
async def test_what_is_bound_to_one_exchange_or_account_neither_reads_nor_fills_it(kind):
    stage = staged(HOUR)
    await again(stage, chat("hello"), **BOUND[kind])
    assert not stage.replies.rows
    await again(stage, chat("hello"))
    sent = len(stage.upstreams.sent)
    await again(stage, chat("hello"), **BOUND[kind])
    assert len(stage.upstreams.sent) > sent


async def test_what_a_target_would_keep_is_not_kept_here():
    stage = staged(HOUR)
    await again(stage, chat("hello", store=True))
    assert not stage.replies.rows


async def test_a_callers_cache_control_is_honoured():
    stage = staged(HOUR)
    await again(stage, chat("hello"), asked="no-store")
    assert not stage.replies.rows
    await again(stage, chat("hello"))
    no_cache = await again(stage, chat("hello"), asked="no-cache")
    assert no_cache.headers["cache-status"] == "compliance-proxy;fwd=request"
    assert len(stage.upstreams.sent) == 3
    stage.clock.seconds += 10
    await again(stage, chat("hello"), asked="max-age=10")
    assert len(stage.upstreams.sent) == 4
    stage.clock.seconds += 10
    await again(stage, chat("hello"), asked="max-age=11")
    await again(stage, chat("hello"), asked="min-fresh=3500")
    assert len(stage.upstreams.sent) == 4
    await again(stage, chat("hello"), asked="min-fresh=3595")
    assert len(stage.upstreams.sent) == 5


async def test_only_if_cached_asks_no_target():
    stage = staged(HOUR)
    missing = await again(stage, chat("hello"), asked="only-if-cached")
    assert (missing.status, missing.headers["x-compliance-code"]) == (504, "not_cached")
    assert not stage.upstreams.sent
    await again(stage, chat("hello"))
    assert (await again(stage, chat("hello"), asked="only-if-cached")).status == 200
    assert len(stage.upstreams.sent) == 1


async def test_without_its_store_every_request_goes_to_a_target():
    stage = staged(HOUR)
    await again(stage, chat("hello"))
    stage.replies.raises = VaultUnavailableError()
    away = await again(stage, chat("hello"))
    assert (away.status, away.headers["cache-status"]) == (200, "compliance-proxy;fwd=bypass")
    assert len(stage.upstreams.sent) == 2


async def test_no_exchange_waits_for_its_reply_to_be_kept():
    stage = staged(HOUR)

    async def put(*_):
        await asyncio.Event().wait()

    stage.replies.put = put
    stage.use(ReplyCache(stage.replies, stage.clock, patience_s=0.01))
    served = await asyncio.wait_for(again(stage, chat("hello")), 20)
    assert (served.status, len(outcomes(stage))) == (200, 1)


async def test_a_reply_answers_for_no_longer_than_the_store_keeps_it():
    stage = staged(HOUR)
    stage.replies.longest_s = 60
    await again(stage, chat("hello"))
    [(_, _, terms)] = stage.replies.rows.values()
    assert terms.lifetime_s == 60
    stage.clock.seconds += 20
    assert (await again(stage, chat("hello"))).headers["cache-status"] == "compliance-proxy;hit;ttl=40"
    await again(stage, chat("hello"), asked="min-fresh=41")
    assert len(stage.upstreams.sent) == 2


async def test_a_kept_reply_that_cannot_be_read_gives_way_to_the_target():
    stage = staged(HOUR)
    await again(stage, chat("hello"))
    [(key, (_, at, about))] = stage.replies.rows.items()
    stage.replies.rows[key] = (StoredReply("x0", "application/json", [b"{"]).packed(), at, about)
    served = await again(stage, chat("hello"))
    assert served.status == 200
    assert len(stage.upstreams.sent) == 2
    last = outcomes(stage)[-1]
    assert "cache" not in last
    assert [one["number"] for one in last["attempts"]] == [1]


async def test_the_second_target_of_a_request_is_asked_itself():
    stage = staged(HOUR)
    stage.upstreams.before = None
    stage.upstreams.replies = {"a": FakeReply(503), "b": FakeReply(parts=[completion("b")])}
    await again(stage, chat("hello"))
    assert [sent.target.id for sent in stage.upstreams.sent] == ["a", "b"]
    assert not stage.replies.rows


async def test_off_is_off():
    stage = staged(HOUR)
    stage.use(None)
    await again(stage, chat("hello"))
    served = await again(stage, chat("hello"))
    assert len(stage.upstreams.sent) == 2
    assert "cache-status" not in served.headers
