"""What an obligation names is done, or nothing leaves; on a reply, nothing is delivered."""

from __future__ import annotations

import orjson
import pytest

from proxy.core.obligations import TRANSFORMS
from proxy.core.records import Obligation, TargetVerdict
from testing.fakes import CANARY, FakePdp, Stage, chat, decision

BODY = chat(f"write to {CANARY}")
SAFE = {"deidentify": "hipaa_safe_harbor"}


async def sent(*obligations):
    stage = Stage(pdp=FakePdp(obligations))
    await stage.run(BODY)
    return stage


def text(stage):
    return orjson.loads(stage.upstreams.sent[0].wire.body)["messages"][0]["content"]


@pytest.mark.parametrize("kind", TRANSFORMS)
@pytest.mark.parametrize(
    "names", [{"method": "date_shift"}, {"method": "rot13"}, {"params": {"keep": 4}}, {"params": {"restore": "always"}}]
)
async def test_what_nothing_performs_is_refused(kind, names):
    stage = await sent(Obligation("o", kind, profile=SAFE.get(kind, ""), **names))
    assert (stage.client.status, stage.upstreams.sent) == (403, [])
    assert orjson.loads(stage.client.body)["error"]["code"] == "OBLIGATION_UNSUPPORTED"


@pytest.mark.parametrize("kind", sorted(set(TRANSFORMS) - set(SAFE)))
async def test_a_profile_is_no_method_of_others(kind):
    stage = await sent(Obligation("o", kind, profile="hipaa_safe_harbor"))
    assert stage.upstreams.sent == []


@pytest.mark.parametrize(
    ("kind", "method", "begins"),
    [
        ("redact", "remove", "write to [EMAIL_ADDRESS]"), ("redact", "hmac", "write to [EMAIL_ADDRESS:"),
        ("mask", "partial_mask", "write to ***@***"), ("mask", "remove", "write to [EMAIL_ADDRESS]"),
        ("pseudonymize", "surrogate_keyed", "write to user-"), ("pseudonymize", "surrogate_random", "write to Mail_"),
        ("generalize", "generalise", "write to [EMAIL_ADDRESS]"),
    ],
)  # fmt: skip
async def test_a_method_does_what_it_says(kind, method, begins):
    first, second = [text(await sent(Obligation("o", kind, method=method))) for _ in range(2)]
    assert first.startswith(begins)
    assert (first == second) is (method != "surrogate_random")


@pytest.mark.parametrize("method", ["date_shift", "hmac"])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_reply_is_not_delivered_without_it(method, stream):
    stage = Stage()
    verdict = TargetVerdict("a", True, 0, (), (Obligation("r", "redact", method=method),))
    stage.pdp.answers = {"response": decision(None, (verdict,), "redact_and_deliver")}
    client = await stage.run(chat(stream=stream))
    assert (client.status, client.ended) == (503, "answered")
