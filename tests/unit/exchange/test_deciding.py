from __future__ import annotations

import threading
from dataclasses import replace

import orjson
import pytest

from proxy.codecs.openai.batch_files import FILES_API
from proxy.core.records import Obligation, TargetVerdict
from proxy.core.targets.registered import Route
from proxy.exchange.deciding import permitted
from proxy.exchange.request import ClientRequest
from proxy.runtime.offload import HERE
from testing.fakes import CANARY, SSN, FakePdp, FakeReply, FakeUpstreams, Stage, catalog, decision, exchange, target
from tests.unit.codecs.batches.test_upload import chat, form

ASK = "To go on: ask whoever runs this proxy, with the exchange x1."
FILE = {"id": "file-1", "object": "file", "filename": "in.jsonl", "purpose": "batch"}


class Pdp(FakePdp):
    """Refuses SSNs at ``a`` and e-mail addresses at ``b``."""

    async def decide(self, facts, exchange, now):
        held = {row.type for row in facts.entities}
        self.denied = frozenset(name for name, kind in (("a", "US_SSN"), ("b", "EMAIL_ADDRESS")) if kind in held)
        return await super().decide(facts, exchange, now)


def staged(pdp=None, **changes):
    upstreams = FakeUpstreams(dict.fromkeys("ab", FakeReply(parts=[orjson.dumps(FILE)])), **changes)
    return Stage(api=FILES_API, pdp=pdp or Pdp(), upstreams=upstreams, catalog=catalog(target("a"), target("b")))


async def uploaded(stage, *said, **declared):
    told = exchange(dialect=FILES_API.name, path="/v1/files")
    told = replace(told, declared=replace(told.declared, **declared))
    lines = [chat(f"n{number}", text) for number, text in enumerate(said)]
    await stage.pipeline.handle(ClientRequest(told, FILES_API, form(*lines), stage.client))
    return stage.client


def asked(stage):
    return [one for one in stage.pdp.asked if one.phase == "request"]


def message(client):
    return orjson.loads(client.body)["error"]["message"]


async def test_the_whole_goes_where_every_line_may():
    stage = staged()
    assert (await uploaded(stage, "hello", f"my number is {SSN}")).status == 200
    assert [one.target.id for one in stage.upstreams.sent] == ["b"]


async def test_equal_lines_are_asked_once():
    stage = staged()
    await uploaded(stage, "hello", "hello again", f"it is {SSN}", f"no, {SSN}", "bye")
    assert [len(one.entities) for one in asked(stage)] == [0, 1, 1]
    assert asked(stage)[-1].entities[0].count == 2


async def test_a_line_is_decided_as_what_it_would_be_alone():
    stage = staged()
    await uploaded(stage, f"it is {SSN}")
    line, whole = asked(stage)
    assert (line.entities[0].paths, whole.entities[0].paths) == (
        ("messages[*].content",), ("lines[*].messages[*].content",),
    )  # fmt: skip
    assert (line.operation[0], whole.operation[0]) == ("chat", "batch")
    assert (line.operation[1:], line.candidates) == (whole.operation[1:], (("a", 0, True), ("b", 1, True)))


@pytest.mark.parametrize("covered", [{"chat"}, {"batch"}, {"chat", "batch"}])
async def test_a_target_gets_a_batch_only_if_it_may_get_batches_and_each_line(covered):
    class Agreement(FakePdp):
        async def decide(self, facts, exchange, now):
            self.denied = frozenset() if facts.operation[0] in covered else frozenset({"a", "b"})
            return await super().decide(facts, exchange, now)

    stage = staged(Agreement())
    client = await uploaded(stage, "hello")
    assert (client.status, len(stage.upstreams.sent)) == ((200, 1) if len(covered) == 2 else (403, 0))


async def test_a_route_for_batches_is_another_than_that_for_their_lines():
    routes = (Route("*", "*", "chat", ("a",)), Route("*", "*", "batch", ("b",)))
    stage = replace(staged(), catalog=catalog(target("a"), target("b"), routes=routes))
    assert (await uploaded(stage, "hello")).status == 200
    assert [one.target.id for one in stage.upstreams.sent] == ["b"]
    assert [one.candidates for one in asked(stage)] == [(("b", 0, True),)] * 2


async def test_lines_that_may_not_go_together_are_refused_at_the_one_that_does_not_fit():
    stage = staged()
    client = await uploaded(stage, f"it is {SSN}", "hello", f"write to {CANARY}")
    assert client.status == 403
    assert message(client).startswith("line 3: refused by policy: none of its targets")
    assert (stage.upstreams.sent, CANARY in client.body.decode()) == ([], False)


async def test_a_line_that_is_refused_whatever_the_target_is_refused_as_policy_says():
    class Gate(FakePdp):
        async def decide(self, facts, exchange, now):
            made = await super().decide(facts, exchange, now)
            gated = any(row.type == "US_SSN" and row.count == 1 for row in facts.entities)
            return made._replace(permit=False, block_codes=("HEALTH_DATA",)) if gated else made

    stage = staged(Gate())
    client = await uploaded(stage, f"it is {SSN} and {SSN}", f"it is {SSN}")
    assert (client.status, message(client)) == (403, f"line 2: refused by policy: HEALTH_DATA. {ASK}")
    [record] = stage.audit.records("decision")
    assert orjson.loads(record.body)["facts"]["inspection"] == {
        "spans": 1, "findings": 1, "opaque": 0, "status": "complete", "language": "en", "line": 2,
    }  # fmt: skip


async def test_what_only_all_lines_together_may_not_is_refused_as_that():
    class Pair(FakePdp):
        async def decide(self, facts, exchange, now):
            self.denied = frozenset("ab" if len(facts.entities) > 1 else "")
            return await super().decide(facts, exchange, now)

    stage = staged(Pair())
    client = await uploaded(stage, f"it is {SSN}", f"write to {CANARY}")
    assert (client.status, message(client)) == (403, "the lines together: refused by policy: NO_COMPLIANT_TARGET")
    [record] = stage.audit.records("decision")
    assert orjson.loads(record.body)["facts"]["inspection"]["lines"] == 2


class Loops(FakeUpstreams):
    """Notes the threads in which the state of targets is read."""

    def __init__(self, replies):
        super().__init__(replies)
        self.threads = set()

    def available(self, target, sender):
        self.threads.add(threading.get_ident())
        return super().available(target, sender)


class Quarantine(Stage):
    """Notes them for quarantine."""

    @property
    def quarantined(self):
        self.upstreams.threads.add(threading.get_ident())
        return frozenset()

    @quarantined.setter
    def quarantined(self, targets):
        assert not targets


@pytest.mark.parametrize("lines", [1, 200])
async def test_the_state_of_targets_is_read_where_it_changes(lines):
    upstreams = Loops(dict.fromkeys("ab", FakeReply(parts=[orjson.dumps(FILE)])))
    stage = Quarantine(api=FILES_API, upstreams=upstreams, catalog=catalog(target("a"), target("b")))
    assert (await uploaded(stage, *["hello " * (HERE // lines)] * lines)).status == 200
    assert upstreams.threads == {threading.get_ident()}


async def test_what_is_permitted_and_down_is_no_refusal_by_policy():
    stage = staged(down=frozenset("b"))
    client = await uploaded(stage, f"it is {SSN}")
    assert (client.status, client.headers["retry-after"]) == (503, "7")
    assert message(client).startswith("the lines together: target b is down")


async def test_another_target_is_tried_within_what_lines_permit():
    stage = staged()
    stage.upstreams.replies = {"a": FakeReply(503), "b": FakeReply(parts=[orjson.dumps(FILE)])}
    assert (await uploaded(stage, "hello")).status == 200
    assert [one.target.id for one in stage.upstreams.sent] == ["a", "b"]
    other = staged()
    other.upstreams.replies = {"a": FakeReply(503)}
    assert (await uploaded(other, f"write to {CANARY}")).status == 502
    assert [one.target.id for one in other.upstreams.sent] == ["a"]


async def test_what_a_single_line_obliges_to_is_done_for_all():
    class Strict(FakePdp):
        async def decide(self, facts, exchange, now):
            alone = [row.count for row in facts.entities] == [1]
            self.obligations = (Obligation("o1", "redact"),) if alone and facts.phase == "request" else ()
            return await super().decide(facts, exchange, now)

    stage = staged(Strict())
    assert (await uploaded(stage, f"to {CANARY}", f"{SSN} of {CANARY}")).status == 200
    [sent] = stage.upstreams.sent
    assert CANARY.encode() not in sent.wire.body
    assert SSN.encode() not in sent.wire.body


async def test_a_dry_run_tells_which_line_would_be_refused():
    stage = staged()
    client = await uploaded(stage, "hello", f"{SSN} of {CANARY}", dry_run=True)
    said = orjson.loads(client.body)
    assert said["outcome"]["message"].startswith("line 2: ")
    assert {row["pointer"] for row in said["findings"]} == {"/messages/0/content"}
    assert stage.upstreams.sent == []


async def test_a_dry_run_shows_where_in_which_line_something_was_found():
    stage = staged()
    said = orjson.loads((await uploaded(stage, "hello", f"it is {SSN}", dry_run=True)).body)
    assert [row["pointer"] for row in said["findings"]] == ["/lines/1/messages/0/content"]


@pytest.mark.parametrize(
    ("codes", "found"), [((), {"a"}), (("NO_COMPLIANT_TARGET",), {"a"}), (("HEALTH_DATA",), frozenset())]
)
def test_what_policy_permits_is_not_what_is_up(codes, found):
    verdicts = (TargetVerdict("a", True, 0), TargetVerdict("b", False, 1))
    assert permitted(decision(None, verdicts, "block", block_codes=codes)) == found
