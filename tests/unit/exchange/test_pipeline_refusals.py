"""Refusals that a person understands, and a program does not repeat: status, rule, position and type, what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import orjson
import pytest

from proxy.core.findings import Finding, Status
from proxy.core.wire import Incoming
from proxy.errors import UpstreamTimeoutError
from proxy.exchange.request import ClientRequest
from testing.fakes import (
    SSN,
    FakeDetector,
    FakePdp,
    FakeUpstreams,
    Stage,
    catalog,
    chat,
    decision,
    exchange,
    target,
)
from tests.dialects.conversations import APIS

WORD = "lupus"
NOTE = f"the customer has {WORD}"
SPECIAL = {
    "entity_categories": {"HEALTH_CONDITION": ("health",), "EMAIL_ADDRESS": ("personal",)},
    "data_document": {"config": {"special": ["health"]}},
}
READ = {"name": "read_file", "description": "reads", "input_schema": {"type": "object"}}
FUNCTION = {"name": "read_file", "description": "reads", "parameters": {"type": "object"}}
#: By API: a request whose tool result holds the note, where that is, and the status of a refusal.
CASES = {
    "anthropic_messages": ({
        "model": "m", "max_tokens": 9, "tools": [READ], "messages": [
            {"role": "user", "content": "read it"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_a", "name": "read_file", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_a", "content": NOTE}]},
        ]}, "messages[2].content[0]", 451),
    "openai_chat": ({
        "model": "m", "tools": [{"type": "function", "function": FUNCTION}], "messages": [
            {"role": "user", "content": "read it"},
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "call_a", "type": "function", "function": {"name": "read_file", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "call_a", "content": NOTE},
        ]}, "messages[2]", 403),
    "openai_responses": ({
        "model": "m", "store": False, "tools": [{"type": "function", **FUNCTION}], "input": [
            {"type": "message", "role": "user", "content": "read it"},
            {"type": "function_call", "call_id": "call_a", "name": "read_file", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_a", "output": NOTE},
        ]}, "input[2]", 400),
    "gemini_generate": ({
        "tools": [{"functionDeclarations": [FUNCTION]}], "contents": [
            {"role": "user", "parts": [{"text": "read it"}]},
            {"role": "model", "parts": [{"functionCall": {"name": "read_file", "args": {}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "read_file", "response": {"output": NOTE}}}]},
        ]}, "contents[2].parts[0].functionResponse.response.output", 403),
}  # fmt: skip


class Detector(FakeDetector):
    def scan(self, text, tenant=""):
        at = text.find(WORD)
        return (Finding("HEALTH_CONDITION", at, at + len(WORD), 0.9, "fake"),) if at >= 0 else ()


NOBODY = FakePdp(denied=frozenset({"far", "near"}))


@dataclass
class Rules(FakePdp):
    """Denies health under the activity "support", everything under ``prohibited``."""

    prohibited: str = ""

    async def decide(self, facts, exchange, now):
        ill = facts.activity == "support" and any(entity.type == "HEALTH_CONDITION" for entity in facts.entities)
        self.denied = frozenset({"far", "near"} if ill or facts.activity == self.prohibited else ())
        return await super().decide(facts, exchange, now)


async def run(name, document, pdp=NOBODY, *, detector=None, near=None, declared=None):
    far = target("far")
    targets = (far, target("near", self_hosted=True, accepts=near or far.accepts))
    here = Stage(api=APIS[name], catalog=catalog(*targets, **SPECIAL), pdp=pdp, detector=detector or Detector())
    incoming = Incoming(orjson.dumps(document), variables={"model": "m"} if name == "gemini_generate" else {})
    asked = exchange(dialect=name, path=here.api.endpoints[0].path)
    await here.pipeline.handle(ClientRequest(asked, here.api, incoming, here.client))
    return here


@pytest.mark.parametrize("name", CASES)
async def test_a_refusal_says_which_content_where_in_the_dialects_own_shape(name):
    document, position, status = CASES[name]
    here = await run(name, document, Rules())
    told = orjson.loads(here.client.body)["error"]["message"]
    assert (here.client.status, here.upstreams.sent) == (status, [])
    assert f"Cause: HEALTH_CONDITION in {position} (tool result of read_file)" in told
    assert "start a new chat without it" in told
    assert "x-compliance-activity (sales)" in told
    assert "exchange x1" in told
    assert WORD not in here.client.body.decode() + str(here.client.headers)
    assert here.client.headers["x-compliance-cause"] == f"HEALTH_CONDITION in {position} (tool result of read_file)"
    assert here.client.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("name", CASES)
async def test_what_would_be_refused_too_is_not_advised(name):
    here = await run(name, CASES[name][0], Rules(prohibited="sales"))
    told = orjson.loads(here.client.body)["error"]["message"]
    assert "start a new chat without it; or ask whoever runs this proxy, with the exchange x1." in told
    assert "x-compliance-activity" not in told
    here = await run(name, CASES[name][0])
    assert "To go on: ask whoever runs this proxy" in orjson.loads(here.client.body)["error"]["message"]


@pytest.mark.parametrize("name", CASES)
async def test_the_record_has_position_and_type_and_no_name_of_a_tool(name):
    document, position, status = CASES[name]
    here = await run(name, document)
    _, facts = here.audit.outcome()
    assert facts["denial"]["causes"] == [{"position": position, "types": ["HEALTH_CONDITION"]}]
    assert facts["denial"]["status"] == status
    assert b"read_file" not in b"".join(record.body for record in here.audit.records())


@pytest.mark.parametrize("name", CASES)
async def test_a_pin_says_why(name):
    document, position, _ = CASES[name]
    here = await run(name, document, FakePdp(denied=frozenset({"far"})))
    [sent] = here.upstreams.sent
    assert [cause.position for cause in sent.causes] == [position]
    if here.client.status == 200:
        assert here.client.headers["x-compliance-cause"].startswith(f"HEALTH_CONDITION in {position}")


@pytest.mark.parametrize("name", CASES)
async def test_nothing_is_said_where_nothing_was_denied(name):
    here = await run(name, CASES[name][0], FakePdp())
    assert here.upstreams.sent[0].causes == ()
    assert "x-compliance-cause" not in here.client.headers


async def test_what_the_target_in_the_region_lacks_is_said_at_once():
    document = {**CASES["openai_chat"][0], "web_search_options": {}, "provider": {}}
    far = {"features": frozenset({"web_search_options", "provider"})}
    here = Stage(
        api=APIS["openai_chat"], pdp=NOBODY, detector=Detector(),
        catalog=catalog(
            target("far", accepts=replace(target("x").accepts, **far)), target("near", self_hosted=True), **SPECIAL
        ),
    )  # fmt: skip
    await here.run(orjson.dumps(document))
    assert "near lacks web_search_options, provider" in orjson.loads(here.client.body)["error"]["message"]


async def test_the_words_of_a_rules_author_are_said_and_no_more_than_a_few():
    reasons = [
        {"code": "NIGHT", "rule_id": "org.night", "effect": "deny", "message": "Nobody works\nat night. " + "x" * 900},
        {"code": "NO_DPA", "rule_id": "gdpr.dpa", "effect": "deny", "citation": ["GDPR Art. 28"]},
        {"code": "WAIVED", "rule_id": "org.waived", "effect": "permit", "message": "not this"},
    ]
    answer = decision(None, (), "block", block_codes=("NO_COMPLIANT_TARGET", "NIGHT", "NO_DPA"))
    pdp = FakePdp(answers={"request": answer._replace(document={"reasons": reasons})})
    here = await run("openai_chat", CASES["openai_chat"][0], pdp)
    told = orjson.loads(here.client.body)["error"]["message"]
    assert "NIGHT (org.night): Nobody works at night." in told
    assert "NO_DPA (GDPR Art. 28): there is no data processing agreement" in told
    assert "not this" not in told
    assert len(told) < 1_200


async def test_a_gate_that_is_not_about_content_names_none():
    answer = decision(None, (), "block", block_codes=("TENANT_UNKNOWN",))
    here = await run("openai_chat", CASES["openai_chat"][0], FakePdp(answers={"request": answer}))
    assert "Cause" not in orjson.loads(here.client.body)["error"]["message"]


async def test_a_value_that_is_left_over_is_explained():
    answer = decision(None, (), "block", block_codes=("NO_COMPLIANT_TARGET", "RESIDUAL_PII"))
    here = await run("openai_chat", CASES["openai_chat"][0], FakePdp(answers={"request": answer}))
    assert "also stands where it cannot be" in orjson.loads(here.client.body)["error"]["message"]


async def test_a_text_that_was_not_read_is_a_cause():
    here = await run("openai_chat", CASES["openai_chat"][0], detector=FakeDetector(status=Status.PARTIAL))
    assert "unread in messages[0] (user)" in here.client.headers["x-compliance-cause"]


@pytest.mark.parametrize("name", CASES)
async def test_what_was_not_read_in_time_is_sent_again_by_programs_themselves(name):
    here = await run(name, CASES[name][0], detector=FakeDetector(status=Status.TIMEOUT))
    assert (here.client.status, here.client.headers["retry-after"]) == (503, "2")
    assert "x-should-retry" not in here.client.headers
    assert "what was is remembered, so send it again" in here.client.body.decode()
    here = await run(name, CASES[name][0], detector=FakeDetector(status=Status.FAILED))
    assert (here.client.status, here.client.headers["x-should-retry"]) == (503, "false"), "it would do so again"
    facts = here.audit.outcome()[1]
    assert (facts["ended"], facts["code"], facts["responsibility"]) == ("failed", "CLASSIFIER_FAILED", "proxy")


async def test_a_picture_is_a_cause():
    url = "data:image/png;base64,iVBORw0KGgo="
    document = {
        "model": "m",
        "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}],
    }
    here = await run("openai_chat", document)
    assert here.client.headers["x-compliance-cause"] == "image/png in messages[0].content[0] (user)"


@pytest.mark.parametrize("tool", [f"ask_{WORD}", "Anna Schmidt", "x" * 41, "undeclared"])
async def test_a_tool_is_named_only_by_a_plain_declared_word_without_a_finding(tool):
    document = orjson.loads(orjson.dumps(CASES["openai_chat"][0]).replace(b"read_file", tool.encode()))
    if tool == "undeclared":
        del document["tools"]
    here = await run("openai_chat", document)
    assert "HEALTH_CONDITION in messages[2] (tool result)" in here.client.headers["x-compliance-cause"]
    assert tool not in str(here.client.headers)


async def test_many_positions_are_counted():
    said = [{"role": "user", "content": f"{NOTE} {number}"} for number in range(9)]
    here = await run("openai_chat", {"model": "m", "messages": said})
    told = orjson.loads(here.client.body)["error"]["message"]
    assert "HEALTH_CONDITION in messages[4] (user); 4 more" in told


@pytest.mark.parametrize("upstreams", [
    FakeUpstreams(down=frozenset({"far"})),
    FakeUpstreams({"far": UpstreamTimeoutError()}),
])  # fmt: skip
async def test_a_target_that_does_not_answer_is_the_cause_and_not_the_person(upstreams):
    catalogued = catalog(target("far"), target("near", self_hosted=True), **SPECIAL)
    here = Stage(upstreams=upstreams, catalog=catalogued)
    await here.run(chat(f"it is {SSN}"))
    assert (here.client.status, here.upstreams.sent[-1].target.id) == (200, "near")
    assert here.client.headers["x-compliance-cause"] == "unavailable: far"
    assert here.audit.records("attempt")


async def test_where_every_target_is_down_that_is_the_cause():
    here = Stage(upstreams=FakeUpstreams(down=frozenset({"a", "b", "local"})))
    await here.run(chat(f"it is {SSN}"))
    assert here.client.status == 503
    assert here.client.headers["x-compliance-cause"] == "unavailable: a; unavailable: b; unavailable: local"
