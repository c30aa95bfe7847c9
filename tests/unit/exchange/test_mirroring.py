from __future__ import annotations

import asyncio
import dataclasses

import orjson
import pytest

from proxy.codecs import mcp
from proxy.core.findings import Status
from proxy.core.records import DeclaredFacts, Grant, Obligation
from proxy.core.targets.canary import Mirror
from proxy.core.targets.registered import Route
from proxy.core.wire import Incoming
from proxy.errors import UpstreamError
from proxy.exchange.mirroring import Mirrors
from proxy.exchange.request import ClientRequest
from testing import evidence as recorded
from testing.fakes import (
    CANARY,
    PRINCIPAL,
    FakeDetector,
    FakePdp,
    FakeReply,
    FakeUpstreams,
    Stage,
    catalog,
    chat,
    completion,
    exchange,
    target,
)

PSEUDONYMISE = (
    Obligation("o1", "pseudonymize"),
    Obligation("o2", "reidentify_response"),
    Obligation("o3", "response_scan"),
)


def staged(share=1.0, most=8, **changes):
    targets = (target("a"), target("b"), target("new"))
    routes = (Route("*", "*", "*", ("a", "b"), mirror=Mirror("new", share)),)
    stage = Stage(catalog=catalog(*targets, routes=routes), **changes)
    stage.mirrors = Mirrors(most)
    stage.pipeline._ports = dataclasses.replace(stage.pipeline._ports, mirrors=stage.mirrors)
    return stage


async def settled(stage):
    while stage.mirrors._in_flight:
        await asyncio.sleep(0)


def evidence(stage):
    """Return the records' bodies by exchange and kind."""
    found = {}
    for record in stage.audit.records():
        found.setdefault(record.exchange, {})[record.kind] = (
            record,
            orjson.loads(recorded.whole(record).body)["facts"],
        )
    return found


async def test_a_call_of_a_tool_is_not_copied():
    [api] = mcp.APIS
    stage = staged(api=api)
    called = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "pay"}})
    stage.upstreams.replies = {"a": FakeReply(parts=[b'{"jsonrpc":"2.0","id":1,"result":{}}'])}
    request = ClientRequest(exchange(dialect="mcp"), api, Incoming(called, variables={"model": "crm"}), stage.client)
    await stage.pipeline.handle(request)
    await settled(stage)
    assert (stage.client.status, [sent.target.id for sent in stage.upstreams.sent]) == (200, ["a"])


async def test_a_copy_goes_to_the_mirror_after_the_reply_and_is_an_exchange_of_its_own():
    stage = staged(pdp=FakePdp(PSEUDONYMISE))
    stage.upstreams.before = lambda sent: order.append((sent.target.id, stage.client.ended))
    order = []
    client = await stage.run(chat(f"write to {CANARY}"))
    await settled(stage)
    assert order == [("a", ""), ("new", "answered")]
    assert client.status == 200
    first, copy = stage.upstreams.sent
    assert CANARY.encode() not in copy.wire.body
    assert copy.wire.body == first.wire.body
    told = evidence(stage)
    [identity] = set(told) - {"x1"}
    decision, facts = told[identity]["decision"]
    assert (facts["caller"]["mirror_of"], decision.target) == ("x1", "new")
    assert [one["target"] for one in facts["verdicts"]] == ["new"]
    outcome, facts = told[identity]["outcome"]
    assert (facts["ended"], outcome.status, facts["attempts"][0]["target"]) == ("dropped", 200, "new")
    assert facts["obligations_unfulfilled"] == []
    assert told["x1"]["outcome"][1]["ended"] == "delivered"
    assert "mirror_of" not in told["x1"]["decision"][1]["caller"]


async def test_a_stream_is_copied_as_one_and_read_to_its_end():
    stage = staged()
    parts = [b"data: {}\n\n", b"data: [DONE]\n\n"]
    stage.upstreams.replies = {"new": FakeReply(content_type="text/event-stream", parts=parts)}
    await stage.run(chat("hello", stream=False))
    await settled(stage)
    [copy] = [one for name, one in evidence(stage).items() if name != "x1"]
    assert copy["outcome"][1]["attempts"][0]["bytes_in"] == sum(map(len, parts))


@pytest.mark.parametrize(
    ("answer", "ended", "status"),
    [(UpstreamError(), "failed", 502), (FakeReply(500, parts=[b"no"]), "dropped", 500),
     (FakeReply(parts=[b"half"], fault=UpstreamError()), "failed", 502), (RuntimeError(CANARY), "failed", 500)],
)  # fmt: skip
async def test_a_mirror_that_fails_fails_nobody(answer, ended, status):
    stage = staged(upstreams=FakeUpstreams({"new": answer}))
    assert (await stage.run()).status == 200
    await settled(stage)
    [copy] = [one for name, one in evidence(stage).items() if name != "x1"]
    assert (copy["outcome"][1]["ended"], copy["outcome"][0].status) == (ended, status)


async def test_policy_decides_on_the_copy():
    stage = staged(pdp=FakePdp(denied=frozenset({"new"})))
    assert (await stage.run()).status == 200
    await settled(stage)
    assert [one.target.id for one in stage.upstreams.sent] == ["a"]
    [copy] = [one for name, one in evidence(stage).items() if name != "x1"]
    assert copy["outcome"][1]["ended"] == "denied"


async def test_nothing_is_copied_that_was_not_delivered():
    stage = staged(pdp=FakePdp(denied=frozenset({"a", "b"})))
    assert (await stage.run()).status == 403
    await settled(stage)
    assert stage.upstreams.sent == []
    assert list(evidence(stage)) == ["x1"]


GRANT = Grant("bg_a1b2c3d4e5f6", "T", "A", mfa=True, role_ok=True, expires=2_000_000_000)


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        (chat(), {"grant": GRANT}),
        (chat(), {"declared": DeclaredFacts("support", dry_run=True)}),
        (chat(store=True), {}),
    ],
)
async def test_what_is_not_copied(body, changes):
    stage = staged()
    await stage.run(body, **changes)
    await settled(stage)
    assert "new" not in [one.target.id for one in stage.upstreams.sent]


async def test_the_callers_own_credential_stays():
    stage = staged()
    senders = []

    async def send(outbound, sender):
        senders.append((outbound.target.id, sender.credential))
        return FakeReply(parts=[completion("Hello.")])

    stage.upstreams.send = send
    await stage.run(declared=DeclaredFacts("support", target_credential="sk-own"))
    await settled(stage)
    assert senders == [("a", "sk-own"), ("new", "")]


async def test_a_share_is_drawn_by_conversation():
    stage = staged(share=0.5)
    for number in range(60):
        stage.client = type(stage.client)()
        await stage.run(id=f"x{number}", declared=DeclaredFacts("support", conversation=f"c{number % 20}"))
        await settled(stage)
    copies = sum(one.target.id == "new" for one in stage.upstreams.sent)
    assert 0 < copies < 60
    assert copies % 3 == 0  # each conversation is copied three times or never


async def test_a_copy_takes_no_place_of_a_caller_whose_texts_are_not_read_in_time():
    stage = staged(detector=FakeDetector(status=Status.TIMEOUT))
    held, sent = asyncio.Event(), []

    async def send(outbound, sender):
        sent.append(outbound.target.id)
        if outbound.target.id == "new":
            await held.wait()
        return FakeReply(parts=[completion("Hello.")])

    stage.upstreams.send = send
    for number in range(8):
        stage.client = type(stage.client)()
        assert (await stage.run(id=f"x{number}")).status == 200, number
        await asyncio.sleep(0)
    held.set()
    await settled(stage)
    copies = [one for name, one in evidence(stage).items() if not name.startswith("x")]
    assert [one["outcome"][1]["code"] for one in copies] == ["overloaded"] * 8
    assert set(sent) == {"a"}


async def test_what_finds_no_place_is_dropped():
    stage = staged(most=1)
    held = asyncio.Event()
    mirrors = stage.mirrors
    assert mirrors.start("acme", "new", held.wait)
    assert not mirrors.start("acme", "new", held.wait)
    assert (await stage.run(principal=PRINCIPAL)).status == 200
    assert [one.target.id for one in stage.upstreams.sent] == ["a"]
    held.set()
    await settled(stage)
    await mirrors.close()


async def test_of_a_copys_reply_values_are_counted_by_type_where_policy_looks_for_them():
    reply = completion("ask other@corp.example")
    for obligations, expected in ((PSEUDONYMISE, [("EMAIL_ADDRESS", 1)]), ((), [])):
        stage = staged(pdp=FakePdp(obligations), upstreams=FakeUpstreams({"new": FakeReply(parts=[reply])}))
        await stage.run(chat(f"write to {CANARY}"))
        await settled(stage)
        [copy] = [one for name, one in evidence(stage).items() if name != "x1"]
        kinds = copy["outcome"][1]["response_entities"]
        assert [(one["type"], one["count"]) for one in kinds] == expected
        assert "other@corp.example" not in str(kinds)
