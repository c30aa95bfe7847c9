"""Fail closed on the real parts: what is dead, slow, odd or too large never lets a byte out."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import signal
import socket
import time

import pytest

from testing.processes import paused
from tests.acceptance.world.conftest import PLANTED

pytestmark = pytest.mark.stack
LETTER = f"Please thank {PLANTED[0]} ({PLANTED[1]})."


def assert_dialect_error(answer, status, code):
    assert answer.status == status, answer.body
    error = answer.json["error"]
    assert error["code"] == code
    assert error["request_id"] == answer.exchange
    assert not any(value in answer.body.decode() for value in PLANTED)


# --- the provider ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "status", "code"),
    [
        ("status-400", 400, "target_refused"),
        ("status-401", 502, "upstream_error"),
        ("status-429", 429, "upstream_rate_limited"),
        ("status-500", 502, "upstream_error"),
        ("redirect", 502, "upstream_error"),
        ("reset", 502, "upstream_error"),
        ("stall", 504, "upstream_timeout"),
        ("malformed", 502, "upstream_malformed"),
    ],
)
def test_provider_fault_without_another_target(world, way, status, code):
    """The caller learns what went wrong in its own dialect, and one attempt is recorded with how it ended."""
    answer = world.ask(LETTER, model=f"only-{way}")
    assert_dialect_error(answer, status, code)
    assert world.kinds(answer.exchange) == ["attempt", "decision", "outcome"]


def test_failing_provider_is_replaced_by_a_permitted_target(world):
    """Each hop is authorised anew and recorded."""
    answer = world.ask(LETTER, model="status-500")
    assert answer.status == 200
    assert answer.headers["x-compliance-target"] == "local/eu"
    attempts = [record["target"] for record in world.records(answer.exchange) if record["kind"] == "attempt"]
    assert attempts == ["faulty/hop", "local/eu"]


@pytest.mark.parametrize("way", ["cut", "unfinished"])
def test_broken_stream_never_looks_complete(world, way):
    body = json.dumps({"model": f"only-{way}", "stream": True, "messages": [{"role": "user", "content": LETTER}]})
    raw = raw_post(world, body.encode())
    assert b"[DONE]" not in raw
    assert not raw.endswith(b"0\r\n\r\n")
    assert b"upstream" in raw
    exchange = raw.partition(b"x-compliance-exchange: ")[2].partition(b"\r\n")[0].decode()
    outcome = next(record for record in world.records(exchange) if record["kind"] == "outcome")
    assert outcome["body"]["facts"]["ended"] == "cut"


def raw_post(world, body):
    host, port = world.line.stack.proxy_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 20) as connection:
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {world.line.key}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        received = b""
        while True:
            chunk = connection.recv(65536)
            if not chunk:
                return received
            received += chunk
            if received.endswith(b"0\r\n\r\n"):
                return received


def test_caller_that_leaves_is_recorded_once(world):
    host, port = world.line.stack.proxy_url.removeprefix("http://").split(":")
    body = json.dumps({"model": "only-slow", "stream": True, "messages": [{"role": "user", "content": LETTER}]})
    connection = socket.create_connection((host, int(port)), 20)
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {world.line.key}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    connection.sendall(head.encode() + body.encode())
    begun = connection.recv(4096)
    connection.close()
    exchange = begun.partition(b"x-compliance-exchange: ")[2].partition(b"\r\n")[0].decode()
    records = world.records(exchange)
    assert sorted(record["kind"] for record in records) == ["attempt", "decision", "outcome"]
    outcome = next(record for record in records if record["kind"] == "outcome")
    assert outcome["body"]["facts"]["ended"] == "client_gone"


# --- the request ----------------------------------------------------------------------------------------------


def test_bad_bodies_get_clear_errors_and_one_decision_each(world):
    seen = len(world.journal())
    huge = json.dumps({"model": "ok", "messages": [{"role": "user", "content": "x" * 400_000}]}).encode()
    bomb = gzip.compress(b'{"model":"ok","messages":[{"role":"user","content":"' + b" " * 20_000_000 + b'"}]}')
    nested = b'{"model":"ok","messages":' + b"[" * 500 + b"]" * 500 + b"}"
    answers = [
        (world.post("/v1/chat/completions", b"not json"), 400, "malformed_request"),
        (world.post("/v1/chat/completions", b'{"model":"ok"}'), 400, "malformed_request"),
        (world.post("/v1/chat/completions", nested), 400, "malformed_request"),
        (world.post("/v1/chat/completions", huge), 413, "payload_too_large"),
        (world.post("/v1/chat/completions", bomb, {"content-encoding": "gzip"}), 413, "payload_too_large"),
        (world.post("/v1/unheard/of", b"{}"), 404, "unknown_path"),
        (world.post("/v1/embeddings", b'{"model":"ok","input":[[1,2]]}'), 400, "malformed_request"),
    ]
    for answer, status, code in answers:
        assert_dialect_error(answer, status, code)
        assert world.kinds(answer.exchange) == ["decision", "outcome"]
    assert len(world.journal()) == seen


def test_unknown_key_is_refused(world):
    answer = world.post(
        "/v1/chat/completions", b"{}", key="cp_aaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    )
    assert_dialect_error(answer, 401, "invalid_api_key")


# --- our own parts --------------------------------------------------------------------------------------------


def test_policy_engine_slow_or_dead_means_no_egress(world):
    seen = len(world.journal())
    time.sleep(0.3)
    with paused(world.pid("policy")):
        answer = world.ask(LETTER, model="ok")
        assert_dialect_error(answer, 503, "policy_unavailable")
        assert world.kinds(answer.exchange) == ["decision", "outcome"]
    os.kill(world.pid("policy"), signal.SIGKILL)
    answer = world.ask(LETTER, model="ok")
    assert answer.status in {200, 503}
    if answer.status == 503:
        assert len(world.journal()) == seen
    world.settled()
    assert world.ask(LETTER, model="ok").status == 200


def test_database_dead_means_no_egress(world):
    seen = len(world.journal())
    with paused(*world.descendants("postgres")):
        answer = world.ask(LETTER, model="ok")
        assert answer.status == 503
        assert answer.json["error"]["code"] in {"audit_unavailable", "vault_unavailable", "identity_unavailable"}
    assert len(world.journal()) == seen
    world.settled()
    for pid in world.descendants("postgres"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    world.settled()
    until = time.monotonic() + 30
    while world.ask(LETTER, model="ok").status != 200:  # connections that died are noticed one by one
        assert time.monotonic() < until
        time.sleep(0.2)
    assert world.line.run("audit", "verify").returncode == 0


def test_detector_dead_or_hung_keeps_the_request_in_the_region(world):
    """Status failed or timeout: policy lets only the self-hosted target read it."""
    seen = len(world.journal())
    with paused(*world.detector_pids()):
        answer = world.ask(f"{LETTER} This sentence was never seen before.")
    assert answer.headers.get("x-compliance-target") == "local/eu"
    decision = next(record for record in world.records(answer.exchange) if record["kind"] == "decision")
    assert decision["body"]["facts"]["input"]["classification"]["status"] in {"timeout", "failed"}
    assert len(world.journal()) == seen
    for pid in world.detector_pids():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    world.settled()
    assert world.ask(f"{LETTER} Nor was this one.", model="ok").status == 200


def test_bad_catalog_is_refused_and_the_good_one_stays(world):
    registry = world.config / "registry.yaml"
    good = registry.read_text()
    try:
        registry.write_text(good + "\nunknown_key: 1\n")
        os.kill(world.pid("proxy"), signal.SIGHUP)
        time.sleep(0.5)
        assert world.ask("Hello", model="ok").status == 200
        assert "catalog_refused" in (world.line.state_dir / "log" / "proxy.log").read_text()
    finally:
        registry.write_text(good)
