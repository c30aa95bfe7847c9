from __future__ import annotations

import orjson
import pytest

from testing.fakes import CANARY, DONE, SSN, completion, decision, delta

STREAM = "text/event-stream"


async def test_a_conversation_with_history(transcript):
    body = {
        "model": "m",
        "messages": [
            {"role": "system", "content": "You are kind."},
            {"role": "user", "content": f"I am {CANARY}"},
            {"role": "assistant", "content": f"Hello {CANARY}"},
            {"role": "user", "content": [{"type": "text", "text": f"Who is {CANARY}?"}]},
        ],
        "temperature": 0.25,
        "user": CANARY,
    }
    received, client = await transcript.play(body, lambda sent, names: [completion(f"{names[0]} is you, {names[0]}.")])
    assert CANARY not in str(received)
    name = received["user"]
    assert [message["content"] for message in received["messages"][:3]] == [
        "You are kind.",
        f"I am {name}",
        f"Hello {name}",
    ]
    assert received["messages"][3]["content"] == [{"type": "text", "text": f"Who is {name}?"}]
    assert received["temperature"] == 0.25
    assert orjson.loads(client.body)["choices"][0]["message"]["content"] == f"{CANARY} is you, {CANARY}."


async def test_a_stream_in_small_pieces(transcript):
    def reply(_sent, names):
        whole = b"".join([delta(letter) for letter in f"Dear {names[0]}, your SSN is 123-45-6789 ok"])
        whole += delta(finish="stop") + DONE
        return [whole[at : at + 7] for at in range(0, len(whole), 7)]

    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": f"write to {CANARY}"}]}
    received, client = await transcript.play(body, reply, STREAM)
    assert received["stream"] is True
    assert CANARY not in str(received)
    events = [orjson.loads(one[6:]) for one in client.body.split(b"\n\n") if one.startswith(b"data: {")]
    said = "".join(choice["delta"].get("content", "") for event in events for choice in event["choices"])
    assert said == f"Dear {CANARY}, your SSN is [US_SSN] ok"
    assert events[-1]["choices"][0]["finish_reason"] == "stop"
    assert client.body.endswith(DONE)
    assert transcript.stage.audit.outcome()[1]["restored"] == 1
    assert transcript.stage.audit.outcome()[1]["response_action"] == "redact_and_deliver"


async def test_a_refused_request_reaches_nobody(transcript):
    transcript.stage.pdp.denied = frozenset({"a", "b", "local"})
    body = {"model": "m", "messages": [{"role": "user", "content": f"{SSN}"}]}
    client = await transcript.stage.run(orjson.dumps(body))
    assert transcript.stage.upstreams.sent == []
    assert client.status == 403
    error = orjson.loads(client.body)["error"]
    message = error.pop("message")
    assert message.startswith(
        "refused by policy: NO_COMPLIANT_TARGET: no target may receive this request. "
        "Cause: US_SSN in messages[0] (user). To go on: ask"
    )
    assert error == {
        "type": "permission_error",
        "param": None,
        "code": "NO_COMPLIANT_TARGET",
        "request_id": "x1",
    }


@pytest.mark.parametrize("code", ["AI_ACT_PROHIBITED", "CONSENT_WITHDRAWN", "SUBJECT_RESTRICTED"])
async def test_what_no_other_purpose_permits_is_refused_without_a_way_around(transcript, code):
    transcript.stage.pdp.answers["request"] = decision(None, (), "block", block_codes=(code,))
    client = await transcript.stage.run(orjson.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]}))
    message = orjson.loads(client.body)["error"]["message"]
    assert client.status == 403
    assert code in message
    assert "To go on" not in message
