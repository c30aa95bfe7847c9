"""README's promises, seen from the caller, the provider and the audit log at once."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.world.conftest import PLANTED

pytestmark = pytest.mark.stack
PERSON, EMAIL, IBAN = PLANTED
LETTER = f"Please thank {PERSON} ({EMAIL}) for her order."


def test_harmless_text_is_forwarded_as_it_is(world):
    """The provider receives the very text, and three records say so."""
    answer = world.ask("What is a good name for a boat?", model="ok")
    assert answer.status == 200
    assert answer.text == "What is a good name for a boat?"
    assert answer.headers["x-compliance-action"] == "forward"
    assert world.kinds(answer.exchange) == ["attempt", "decision", "outcome"]


def test_person_is_pseudonymised_for_the_provider_and_restored_for_the_caller(world):
    answer = world.ask(LETTER, model="ok")
    received = json.dumps(world.journal()[-1])
    assert answer.text == LETTER
    assert not any(value.lower() in received.lower() for value in PLANTED)
    assert "for her order" in received


def test_same_person_gets_the_same_pseudonym_in_every_turn(world):
    first = world.ask(LETTER, model="ok")
    before = world.journal()[-1]["body"]["messages"][0]["content"]
    turns = [{"role": "user", "content": LETTER}, {"role": "user", "content": f"And {PERSON} again"}]
    body = {"model": "ok", "messages": turns}
    second = world.post("/v1/chat/completions", json.dumps(body).encode())
    after = world.journal()[-1]["body"]["messages"]
    assert after[0]["content"] == before
    assert (first.status, second.status) == (200, 200)
    assert PERSON in second.text


def test_stream_is_restored_although_pseudonyms_are_cut(world):
    """The provider sends three characters per event."""
    answer = world.ask(LETTER, model="ok", stream=True)
    events = [line[6:] for line in answer.body.decode().splitlines() if line.startswith("data: {")]
    text = "".join(json.loads(event)["choices"][0]["delta"].get("content") or "" for event in events)
    assert text == LETTER
    assert answer.body.rstrip().endswith(b"data: [DONE]")


def test_tool_arguments_and_results_are_read_and_stay_json(world):
    arguments = json.dumps({"customer": PERSON, "account": IBAN, "note": 'said "hello"\n'})
    call = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": arguments}}
    messages = [
        {"role": "user", "content": "Find her"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": json.dumps({"email": EMAIL})},
    ]
    body = {"model": "ok", "messages": messages, "user": EMAIL, "metadata": {"for": PERSON}}
    answer = world.post("/v1/chat/completions", json.dumps(body).encode())
    received = world.journal()[-1]["body"]
    assert answer.status == 200
    assert not any(value.lower() in json.dumps(received).lower() for value in PLANTED)
    inner = json.loads(received["messages"][1]["tool_calls"][0]["function"]["arguments"])
    assert set(inner) == {"customer", "account", "note"}
    assert inner["note"] == 'said "hello"\n'


def test_image_is_opaque_and_stays_in_the_region(world):
    seen = len(world.journal())
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    text = {"type": "text", "text": "What is on this picture?"}
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": [text, part]}]}
    answer = world.post("/v1/chat/completions", json.dumps(body).encode())
    assert len(world.journal()) == seen
    decision = next(record for record in world.records(answer.exchange) if record["kind"] == "decision")
    denied = {verdict["target"]: verdict["denials"] for verdict in decision["body"]["facts"]["decision"]["targets"]}
    assert "OPAQUE_CONTENT" in denied["standin/eu"]


def test_health_data_is_pinned_to_the_region(world):
    seen = len(world.journal())
    answer = world.ask(f"{PERSON} has type 2 diabetes and takes metformin. Summarise.")
    assert answer.headers["x-compliance-target"] == "local/eu"
    assert len(world.journal()) == seen


def test_prohibited_practice_is_refused_and_recorded_before_the_answer(world):
    seen = len(world.journal())
    answer = world.ask(LETTER, headers={"x-compliance-activity": "emotion-monitoring"})
    assert (answer.status, answer.json["error"]["code"]) == (403, "AI_ACT_PROHIBITED")
    assert len(world.journal()) == seen
    rows = world.sql("SELECT kind FROM audit.record WHERE exchange = $1", answer.exchange)
    assert sorted(row["kind"] for row in rows) == ["decision", "outcome"]


def test_reply_may_not_disclose_identifiers_the_request_did_not_hold(world):
    whole = world.ask("Write a sentence.", model="discloses")
    assert "212-45-6789" not in whole.text
    assert "4111 1111 1111 1111" not in whole.text
    streamed = world.ask("Write a sentence.", model="discloses", stream=True)
    events = [line[6:] for line in streamed.body.decode().splitlines() if line.startswith("data: {")]
    text = "".join(json.loads(event)["choices"][0]["delta"].get("content") or "" for event in events)
    assert "212-45-6789" not in text
    assert text.endswith("is hers.")


def test_provider_gets_no_header_of_the_caller(world):
    world.ask("Hello", model="ok", headers={"x-compliance-conversation": "c-1", "x-custom": PERSON, "cookie": EMAIL})
    headers = {name.lower() for name in world.journal()[-1]["headers"]}
    assert headers <= {"host", "content-type", "content-length", "accept-encoding", "connection", "accept"}


def test_audit_commands_answer_without_text(world):
    answer = world.ask(LETTER, model="ok")
    world.records(answer.exchange)
    shown = world.line.run("audit", "show", answer.exchange)
    listed = world.line.run("audit", "list", "--json")
    verified = world.line.run("audit", "verify")
    assert (shown.returncode, listed.returncode, verified.returncode) == (0, 0, 0), verified.stdout + verified.stderr
    assert answer.exchange in listed.stdout
    assert "standin/eu" in shown.stdout
    assert not any(value in shown.stdout + listed.stdout for value in PLANTED)
