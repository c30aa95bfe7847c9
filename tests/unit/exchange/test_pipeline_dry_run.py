from __future__ import annotations

import dataclasses
from dataclasses import replace

import orjson
import pytest

from proxy.codecs import mcp
from proxy.codecs.openai.responses import KEPT, RESPONSES
from proxy.core.kept_state import Kept
from proxy.core.records import DeclaredFacts, Obligation
from proxy.core.state import kept
from proxy.core.state.handles import Handles
from proxy.core.wire import Incoming
from proxy.errors import AuditUnavailableError, VaultUnavailableError
from proxy.exchange.request import ClientRequest
from testing import evidence as recorded
from testing.fakes import CANARY, EVERY_INPUT, FakePdp, FakeUpstreams, Stage, catalog, chat, exchange, target

PSEUDONYMISE = (
    Obligation("o1", "pseudonymize"),
    Obligation("o2", "reidentify_response"),
    Obligation("o3", "residual_scan"),
    Obligation("o4", "response_scan"),
)
DRY = DeclaredFacts("support", dry_run=True)


class Closed:
    """A vault of which nothing may be asked but what is known."""

    async def put(self, domain, pseudonyms, subject=b""):
        raise AssertionError(domain)

    async def find(self, domain, pseudonyms):
        return {}

    async def begun_with(self, domain):
        return ""


def staged(*obligations, **changes):
    return Stage(pdp=changes.pop("pdp", FakePdp(obligations)), vault=changes.pop("vault", Closed()), **changes)


async def explained(stage, body):
    client = await stage.run(body, declared=DRY)
    assert stage.upstreams.sent == []
    assert client.status == 200
    assert client.headers["x-compliance-action"] == "dry_run"
    return orjson.loads(client.body)


async def test_all_is_told_and_nothing_leaves_or_is_stored():
    stage = staged(*PSEUDONYMISE)
    said = await explained(stage, chat(f"write to {CANARY}", temperature=0.5))
    assert said["outcome"] == {
        "action": "redact_and_forward", "status": 200, "codes": [], "message": "", "target": "a",
    }  # fmt: skip
    assert said["findings"] == [{
        "pointer": "/messages/0/content", "path": "messages[*].content", "kind": "value", "type": "EMAIL_ADDRESS",
        "subject_role": "data_subject", "count": 1, "max_confidence": 0.95,
    }]  # fmt: skip
    assert [row["type"] for row in said["input"]["entities"]] == ["EMAIL_ADDRESS"]
    assert said["input"]["categories"] == ["personal"]
    sent = said["outbound"]
    assert (sent["target"], sent["method"], sent["path"], sent["reply_scanned"]) == (
        "a",
        "POST",
        "/chat/completions",
        True,
    )
    assert sent["changes"] == [
        {"entity_type": "EMAIL_ADDRESS", "operator": "pseudonymize", "obligation": "o1", "count": 1}
    ]
    assert sent["body"]["messages"][0]["content"].startswith("write to ")
    assert sent["body"]["temperature"] == 0.5
    assert CANARY not in orjson.dumps(said).decode()
    assert said["headers"] == {
        "x-compliance-action": "redact_and_forward", "x-compliance-target": "a", "x-compliance-decision": "d-forward",
        "x-compliance-redacted": "EMAIL_ADDRESS",
    }  # fmt: skip


async def test_the_body_is_the_one_that_leaves_when_the_request_is_sent():
    said = await explained(staged(*PSEUDONYMISE), chat(f"write to {CANARY}"))
    stage = Stage(pdp=FakePdp(PSEUDONYMISE))
    await stage.run(chat(f"write to {CANARY}"))
    assert orjson.loads(stage.upstreams.sent[0].wire.body) == said["outbound"]["body"]


@pytest.mark.parametrize("use", ["continue", "GET", "DELETE"])
async def test_what_a_target_keeps_is_told_by_the_callers_handle_alone(use):
    handle, theirs = "resp_cp_" + "d" * 32, "resp_68af0001"
    kept_there = kept.packed(Kept(handle, target="a", id=theirs, model="m"))

    class Knowing(Closed):
        async def find(self, domain, pseudonyms):
            return {handle: kept_there} if handle in pseudonyms else {}

    chosen = catalog(target("a", accepts=replace(EVERY_INPUT, dialects=frozenset({RESPONSES.name, kept.OFFERED}))))
    api = RESPONSES if use == "continue" else KEPT
    stage = staged(vault=Knowing(), catalog=chosen, api=api)
    said = orjson.dumps({"model": "m", "input": "And?", "previous_response_id": handle})
    incoming = Incoming(said) if use == "continue" else Incoming(b"", method=use, variables={"id": handle})
    told = exchange(dialect=api.name, declared=DRY)
    await stage.pipeline.handle(ClientRequest(told, api, incoming, stage.client))
    assert stage.client.status == 200, stage.client.body
    assert theirs.encode() not in stage.client.body
    sent = orjson.loads(stage.client.body)["outbound"]
    assert handle in (sent["body"]["previous_response_id"] if use == "continue" else sent["path"])


async def test_a_session_and_a_state_are_told_by_the_callers_handles_alone():
    [api] = mcp.APIS
    session, state = "s" * 32, "the server's own state"
    stage = staged(api=api)
    told = exchange(dialect="mcp", declared=DRY)
    own = Handles.of(told, stage.pipeline._keyring, "crm").by("a")
    handles = {name: own.sealed(name, value) for name, value in (("mcp-session-id", session), ("requestState", state))}
    called = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "x", "requestState": handles["requestState"]},
    }
    incoming = Incoming(
        orjson.dumps(called), variables={"model": "crm"}, headers={"mcp-session-id": handles["mcp-session-id"]}
    )
    await stage.pipeline.handle(ClientRequest(told, api, incoming, stage.client))
    assert stage.client.status == 200, stage.client.body
    assert session.encode() not in stage.client.body
    assert state.encode() not in stage.client.body
    sent = orjson.loads(stage.client.body)["outbound"]
    assert sent["headers"]["mcp-session-id"] == handles["mcp-session-id"]
    assert sent["body"]["params"]["requestState"] == handles["requestState"]


async def test_the_evidence_says_that_nothing_left():
    stage = staged(*PSEUDONYMISE)
    await explained(stage, chat(f"write to {CANARY}"))
    [decision] = stage.audit.records("decision")
    outcome, facts = stage.audit.outcome()
    assert stage.audit.records("attempt") == []
    assert (decision.action, decision.target, outcome.action, outcome.target) == ("dry_run", "", "dry_run", "")
    assert (facts["ended"], facts["attempts"], facts["obligations_fulfilled"]) == ("dry_run", [], [])
    said = orjson.loads(recorded.whole(decision).body)["facts"]
    assert said["caller"]["dry_run"] is True
    assert [one["permit"] for one in said["verdicts"]] == [True, True, True]
    assert CANARY.encode() not in b"".join(record.body for record in stage.audit.records())


async def test_a_refusal_is_explained():
    stage = staged(pdp=FakePdp(denied=frozenset({"a", "b", "local"})))
    said = await explained(stage, chat(f"write to {CANARY}"))
    assert said["outcome"]["action"] == "block"
    assert (said["outcome"]["status"], said["outcome"]["codes"]) == (403, ["NO_COMPLIANT_TARGET"])
    assert (said["outbound"], said["headers"]) == (
        None, {"x-compliance-action": "block", "x-compliance-decision": "d-block",
               "x-compliance-cause": "EMAIL_ADDRESS in messages[0] (user)"},
    )  # fmt: skip
    outcome, facts = stage.audit.outcome()
    assert (outcome.action, outcome.codes, facts["ended"]) == ("dry_run", ("NO_COMPLIANT_TARGET",), "dry_run")


@pytest.mark.parametrize(
    ("kind", "code"), [("account_disclosure", "OBLIGATION_UNSUPPORTED"), ("require_approval", "OBLIGATION_UNSUPPORTED")]
)
async def test_what_the_request_lacks_for_an_obligation_is_told(kind, code):
    said = await explained(staged(Obligation("o1", kind)), chat("hello"))
    assert (said["outcome"]["codes"], said["outbound"]) == ([code], None)


async def test_no_obligation_is_carried_out():
    class Handler:
        async def carry_out(self, exchange, decision, target):
            raise AssertionError(target)

    stage = staged(Obligation("o1", "notify"))
    stage.pipeline._ports = dataclasses.replace(stage.pipeline._ports, obligations=Handler())
    assert (await explained(stage, chat("hello")))["outcome"]["action"] == "forward"


async def test_nobody_is_counted_for_good():
    class Counter:
        kept = None

        async def count(self, sighting, *, keep=True):
            Counter.kept = keep
            return {"covered_identifiers": 3}

    document = {
        "doj": {"countries": ["CN"], "thresholds_more_than": {"covered_identifiers": 100_000}},
        "targets": {"a": {"provider": "p"}}, "tenants": {"acme": {}}, "providers": {},
    }  # fmt: skip
    stage = staged(catalog=catalog(data_document=document))
    stage.pipeline._ports = dataclasses.replace(stage.pipeline._ports, bulk=Counter())
    said = await explained(stage, chat(f"write to {CANARY}"))
    assert (Counter.kept, said["input"]["us_bulk"]) == (False, ["covered_identifiers", 3])


async def test_what_cannot_be_recorded_is_not_explained():
    stage = staged()
    stage.audit.writer.down = True
    client = stage.client
    with pytest.raises(AuditUnavailableError):
        await stage.run(chat("hello"), declared=DRY)
    assert client.ended == ""


async def test_targets_that_are_down_are_told():
    stage = staged(upstreams=FakeUpstreams(down=frozenset({"a"})), catalog=catalog(target("a")))
    said = await explained(stage, chat("hello"))
    assert (said["outcome"]["status"], said["outcome"]["codes"]) == (503, ["targets_down"])


async def test_faults_are_told_as_ever():
    stage = staged()
    client = await stage.run(b"{", declared=DRY)
    assert (client.status, client.headers["x-compliance-action"]) == (400, "block")
    [decision] = stage.audit.records("decision")
    assert (decision.action, orjson.loads(decision.body)["facts"]["caller"]["dry_run"]) == ("block", True)


async def test_a_vault_that_is_away_keeps_nobody_from_asking():
    class Away(Closed):
        async def find(self, domain, pseudonyms):
            raise VaultUnavailableError

    said = await explained(staged(*PSEUDONYMISE, vault=Away()), chat(f"write to {CANARY}"))
    assert said["outcome"]["action"] == "redact_and_forward"
