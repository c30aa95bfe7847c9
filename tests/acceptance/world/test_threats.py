"""Threats of THREAT_MODEL.md that a caller, a target or an officer brings about, tried on the running product."""

from __future__ import annotations

import base64
import json
import os
import signal
import time
import urllib.parse
import urllib.request

import pytest
import yaml

from tests.acceptance.world.conftest import PLANTED

pytestmark = pytest.mark.stack
LETTER = f"Please thank {PLANTED[0]} ({PLANTED[1]})."
CHAT = json.dumps({"model": "ok", "messages": [{"role": "user", "content": LETTER}]}).encode()
COMPLETIONS = "/v1/chat/completions"


def a_key(world, *more):
    """Return a key for one activity."""
    created = world.line.run(
        "keys", "create", "--tenant", "demo-eu", "--service", "threats", "--activity", "support-chat",
        "--ingress-region", "DE", "--subject-region", "DE", *more,
    )  # fmt: skip
    return created.stdout.strip()


@pytest.fixture
def key(world):
    """A key without any role."""
    return a_key(world)


def refused(world, path, body, code, key=None, **headers):
    """Post what must not leave; check how it is refused."""
    before = len(world.journal())
    answer = world.post(path, body, {name.replace("_", "-"): value for name, value in headers.items()}, key)
    assert answer.headers["x-compliance-code"] == code, answer.body
    assert len(world.journal()) == before
    return answer


def test_a_revoked_key_opens_nothing_within_seconds(world, key):
    assert world.post(COMPLETIONS, CHAT, key=key).status == 200
    revoked = world.line.run("keys", "revoke", key.split("_")[1])
    assert revoked.returncode == 0, revoked.stderr
    until = time.monotonic() + 5
    while world.post(COMPLETIONS, CHAT, key=key).status != 401:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert refused(world, COMPLETIONS, CHAT, "invalid_api_key", key).status == 401


def test_no_header_widens_what_a_key_may(world, key):
    activity = refused(world, COMPLETIONS, CHAT, "not_allowed_for_key", key, x_compliance_activity="emotion-monitoring")
    explained = refused(world, COMPLETIONS, CHAT, "not_allowed_for_key", key, x_compliance_dry_run="yes")
    assert (activity.status, explained.status) == (403, 403)
    answer = world.post(COMPLETIONS, CHAT, {"x-compliance-minor": "no"}, key)
    decision = next(record for record in world.records(answer.exchange) if record["kind"] == "decision")
    assert decision["body"]["facts"]["input"]["data_subjects"]["minor"] == "unknown"


def test_a_model_name_chooses_neither_region_nor_stored_text(world):
    body = json.dumps({"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}).encode()
    before = len(world.journal())
    world.post("/model/ok/converse", body)
    assert len(world.journal()) == before + 1
    for arn in ("bedrock:us-east-1:111122223333:prompt/ABCDEFGHIJ", "bedrock:us-east-1::inference-profile/us.claude"):
        refused(world, f"/model/{urllib.parse.quote(f'arn:aws:{arn}', safe='')}/converse", body, "unsupported_dialect")
    refused(world, "/model/us.anthropic.claude/converse", body, "unsupported_dialect")


def test_text_in_base64_and_in_json_within_json_is_read(world):
    inner = json.dumps({"note": json.dumps({"who": LETTER})})
    encoded = base64.b64encode(LETTER.encode()).decode()
    answer = world.ask(f"{inner} and {encoded}", model="ok")
    received = json.dumps(world.journal()[-1]["body"])
    assert answer.status == 200
    assert not any(value in received for value in (*PLANTED, encoded))


def test_an_identifier_of_the_targets_own_opens_nothing(world):
    body = json.dumps({"model": "ok", "input": "And then?", "previous_response_id": "resp_0123456789abcdef"}).encode()
    refused(world, "/v1/responses", body, "unsupported_feature")


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:169.254.169.254]"])
def test_no_target_is_the_clouds_metadata_service(world, host):
    endpoints = world.config / "endpoints.yaml"
    good, log = endpoints.read_text(), world.line.state_dir / "log" / "proxy.log"
    refusals = log.read_text().count("catalog_refused")
    try:
        changed = yaml.safe_load(good)
        changed["endpoints"]["standin/eu"]["base_url"] = f"http://{host}/v1"
        endpoints.write_text(yaml.safe_dump(changed))
        os.kill(world.pid("proxy"), signal.SIGHUP)
        until = time.monotonic() + 20
        while log.read_text().count("catalog_refused") == refusals:
            assert time.monotonic() < until
            time.sleep(0.02)
        assert world.ask("Hello", model="ok").text == "Hello"
    finally:
        endpoints.write_text(good)


def test_no_name_in_disguise_leads_there(world):
    assert world.ask(LETTER, model="only-disguised").json["error"]["code"] == "upstream_error"


def test_a_target_that_names_another_model_or_region_is_noticed(world):
    answer = world.ask("Hello", model="only-pinned")
    assert (answer.status, answer.json["error"]["code"]) == (502, "target_model")
    assert world.ask("Where are you?", model="only-abroad").status == 200
    answer = refused(world, COMPLETIONS, CHAT.replace(b'"ok"', b'"only-abroad"'), "NO_COMPLIANT_TARGET")
    assert "REGION_INDETERMINATE" in answer.json["error"]["message"]


def test_a_stream_without_end_is_cut_at_its_limit(world):
    answer = world.ask("Go on.", model="only-endless", stream=True)
    assert b"stream_limit" in answer.body
    assert b"[DONE]" not in answer.body
    assert len(answer.body) < 40_000


def test_a_translated_request_discloses_nothing_and_the_reply_is_the_callers(world):
    body = json.dumps({"model": "only-translated", "max_tokens": 50, "messages": [{"role": "user", "content": LETTER}]})
    answer = world.post("/v1/messages", body.encode())
    received = world.journal()[-1]
    assert received["path"] == COMPLETIONS
    assert not any(value in json.dumps(received) for value in PLANTED)
    assert answer.json["content"][0]["text"] == LETTER


def test_nothing_that_a_caller_adds_permits_what_was_not_permitted(world):
    text = f"{PLANTED[0]} has type 2 diabetes and takes metformin."
    before = len(world.journal())
    for headers in (
        {},
        {"x-compliance-labels": "contact"},
        {"x-compliance-minor": "no"},
        {"x-compliance-restricted": "no"},
    ):
        assert world.ask(text, headers=headers).headers.get("x-compliance-target", "local/eu") == "local/eu"
    assert len(world.journal()) == before
    assert world.ask(LETTER, headers={"x-compliance-minor": "yes"}).headers.get("x-compliance-target") != "standin/eu"


def test_equal_requests_get_equal_decisions_from_the_cache_and_without_it(world):
    decisions = []
    for wait_s in (0, 0, 0.2):  # the world keeps a decision for a tenth of a second
        time.sleep(wait_s)
        answer = world.ask(LETTER, model="ok")
        record = next(record for record in world.records(answer.exchange) if record["kind"] == "decision")
        decisions.append(record["body"]["facts"]["decision"]["targets"])
    assert decisions[0] == decisions[1] == decisions[2]


def test_a_stream_is_passed_on_as_it_comes(world):
    body = {"model": "only-slow", "stream": True, "messages": [{"role": "user", "content": "Name a boat"}]}
    headers = {"authorization": f"Bearer {world.line.key}", "content-type": "application/json"}
    asked = urllib.request.Request(world.line.stack.proxy_url + COMPLETIONS, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(asked, timeout=30) as reply:
        came = [(time.monotonic(), line) for line in reply if b'"content"' in line]
    assert len(came) > 2
    assert came[-1][0] - came[0][0] > 0.2


def test_no_file_of_a_candidate_leads_elsewhere(world):
    admin = a_key(world, "--role", "policy-admin")
    for path in ("../x.rego", "/etc/x.rego", "a/../../x.rego", "a\\x.rego"):
        body = json.dumps({"overlay": {"files": {path: "package x"}}}).encode()
        answer = world.post("/admin/v1/policy/check", body, key=admin)
        assert answer.status == 400, answer.body


def test_a_call_that_may_have_been_done_is_sent_once(world):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "pay", "arguments": {"sum": "ten"}}}
    before = len(world.journal())
    headers = {"mcp-protocol-version": "2025-06-18", "accept": "application/json, text/event-stream"}
    answer = world.post("/mcp/tools", json.dumps(call).encode(), headers)
    assert answer.headers["x-should-retry"] == "false"
    assert len(world.journal()) == before + 1
