"""Ways around the proxy that were tried: each must fail at the provider, in the records and for the caller.

What is planted here is searched for in everything the product kept when the session ends (``conftest``).
"""

from __future__ import annotations

import base64
import json
import socket

import pytest

from tests.acceptance.world.conftest import PLANTED

pytestmark = pytest.mark.stack
PERSON, EMAIL, IBAN = PLANTED


def send(world, body, **headers):
    """Post a body; return the answer and what reached the provider."""
    seen = len(world.journal())
    answer = world.post("/v1/chat/completions", json.dumps({"model": "ok", **body}).encode(), headers)
    return answer, [json.dumps(one, ensure_ascii=False) for one in world.journal()[seen:]]


def said(text):
    return [{"role": "user", "content": text}]


def test_callers_keys_and_media_types_are_in_no_record_and_no_policy_input(world):
    """Paths of findings and of opaque parts are facts; the caller's own keys are not."""
    body = {
        "messages": said("hello there"),
        "metadata": {EMAIL: {IBAN: f"write to {EMAIL}"}, "photo": f"data:{PERSON.replace(' ', '.')}/{IBAN},xx"},
    }
    answer, _ = send(world, body)
    decision = next(one for one in world.records(answer.exchange) if one["kind"] == "decision")
    shown = json.dumps(decision["body"])
    assert not any(value.lower() in shown.lower() for value in (*PLANTED, PERSON.replace(" ", ".")))
    assert '"metadata.*.*"' in shown


@pytest.mark.parametrize("model", [EMAIL, IBAN, "212-45-6789", "only-4111111111111111"])
def test_identifier_as_a_models_name_stops_before_policy(world, model):
    answer, received = send(world, {"messages": said("hello there"), "model": model})
    assert (answer.status, received) == (400, [])
    assert model not in answer.body.decode()
    assert not any(model in json.dumps(one["body"]) for one in world.records(answer.exchange))


def test_bare_number_is_known_by_its_key(world):
    arguments = json.dumps(
        {"ssn": "212456789", "account_number": "12345678", "dob": "12/03/1980", "last_name": "Brandt"}
    )
    call = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": arguments}}
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "content": json.dumps({"phone": 5125550142, "password": "hunter2xyz"}),
        },
    ]
    answer, received = send(world, {"messages": messages, "seed": 4111111111111111})
    assert answer.status == 200
    values = ("212456789", "12345678", "12/03/1980", "Brandt", "5125550142", "hunter2xyz", "4111111111111111")
    assert not any(value in one for one in received for value in values)
    assert received


@pytest.mark.parametrize(
    "message",
    [
        {"images": [base64.b64encode(bytes(range(256)) * 2).decode()]},
        {"content": {"type": "image_url", "image_url": {"url": "https://pictures.example/1.png"}}},
        {"audio": {"id": "audio_1"}},
        {"attachment": base64.b64encode(f"{PERSON}, {EMAIL}, {IBAN} ".encode("utf-16") * 3).decode()},
    ],
)
def test_what_cannot_be_read_stays_in_the_region_whatever_it_is_called(world, message):
    _, received = send(world, {"messages": [{"role": "user", "content": "What is it?", **message}]})
    assert received == []


def test_prompt_cache_that_outlives_the_request_is_storage(world):
    _, received = send(world, {"messages": said("hello there"), "prompt_cache_retention": "24h"})
    assert received == []


def test_header_that_comes_twice_is_refused(world):
    host, port = world.line.stack.proxy_url.removeprefix("http://").split(":")
    body = json.dumps({"model": "ok", "messages": said("hello there")}).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {world.line.key}\r\n"
        f"x-compliance-restricted: no\r\nX-Compliance-Restricted: yes\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    seen = len(world.journal())
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(head.encode() + body)
        assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert len(world.journal()) == seen


def test_pipelined_requests_are_answered_in_order_each_with_its_own_record(world):
    host, port = world.line.stack.proxy_url.removeprefix("http://").split(":")
    requests = b""
    for number in range(3):
        body = json.dumps({"model": "ok", "messages": said(f"number {number}")}).encode()
        end = "Connection: close\r\n" if number == 2 else ""
        requests += (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {world.line.key}\r\n"
            f"Content-Length: {len(body)}\r\n{end}\r\n"
        ).encode() + body
    received = b""
    with socket.create_connection((host, int(port)), 20) as connection:
        connection.sendall(requests)
        while chunk := connection.recv(65536):
            received += chunk
    assert [received.index(f"number {number}".encode()) for number in range(3)] == sorted(
        received.index(f"number {number}".encode()) for number in range(3)
    )
    exchanges = {part.partition(b"\r\n")[0].decode() for part in received.split(b"x-compliance-exchange: ")[1:]}
    assert len(exchanges) == 3
    assert all(world.kinds(one) == ["attempt", "decision", "outcome"] for one in exchanges)
