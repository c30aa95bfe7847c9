"""The bench must be able to fail: each kind of wrong evidence is found."""

from __future__ import annotations

import json

import pytest

from bench.chaos.evidence import Evidence, Record
from bench.chaos.load import CHAT, PLANTED, Answered, Asked
from bench.chaos.provider import Received
from proxy.core.keyring import Keyring
from proxy.embedded.first_start import DEMO_TENANT

KEYS = Keyring(b"k" * 32)
BODY = b'{"messages": []}'
DIGEST = KEYS.digest(BODY, "audit-content", DEMO_TENANT)
ARRIVED = Received(at=100.0, target="third/1", body=BODY, whole=True, fault="")


def record(kind: str, attempt: int = 0, **changes) -> Record:
    values = {
        "kind": kind, "exchange": "e1", "attempt": attempt, "target": "third/1", "status": 200, "action": "forward",
        "committed": 99.0, "content": DIGEST if attempt else "", "ended": "delivered" if kind == "outcome" else "",
        "attempts": ((1, "complete"),) if kind == "outcome" else (), "place": f"w/{kind}",
    }  # fmt: skip
    return Record(**values | changes)


SOUND = (record("decision"), record("attempt", 1), record("outcome"))


def answered(**changes) -> Answered:
    said = {"choices": [{"message": {"content": "hello"}}]}
    answer = Answered(Asked("harmless", "ref", CHAT, b"", "hello"), 0.0, 200, "e1", "third/1", whole=True)
    answer.body = json.dumps(said).encode()
    for name, value in changes.items():
        setattr(answer, name, value)
    return answer


def findings(records=SOUND, journal=(ARRIVED,), answers=()) -> list[str]:
    return list(Evidence(records, journal, answers, KEYS).findings())


def test_sound_evidence_has_no_findings():
    assert findings(answers=[answered()]) == []


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({"journal": (ARRIVED, ARRIVED)}, "without a record of the intent of its own"),
        ({"records": (SOUND[0], SOUND[2])}, "without a record of the intent of its own"),
        ({"records": (SOUND[0], record("attempt", 1, committed=100.5), SOUND[2])}, "committed 500.0 ms after"),
        ({"journal": ()}, "recorded complete at third/1, which got 0"),
        ({"records": SOUND[1:]}, "has 0 decisions"),
        ({"records": SOUND[:2]}, "has 0 outcomes"),
        ({"records": (*SOUND, SOUND[0])}, "has 2 decisions"),
        ({"records": (*SOUND, record("attempt", 1, content="other"))}, "has attempts [1, 1]"),
        ({"answers": [answered(exchange="e2")]}, "is not recorded"),
        ({"answers": [answered(body=b"{}")]}, "is not what was said"),
        ({"answers": [answered(status=502, code="upstream_error")]}, "but is recorded as delivered"),
    ],
)
def test_wrong_evidence_is_found(what, expected):
    assert any(expected in finding for finding in findings(**what))


def test_planted_value_at_a_third_party_is_found():
    body = PLANTED[1].encode()
    digest = KEYS.digest(body, "audit-content", DEMO_TENANT)
    records = (SOUND[0], record("attempt", 1, content=digest), SOUND[2])
    found = findings(records, (Received(100.0, "third/1", body, True, ""),))
    assert found == ["third/1 received 1 planted value(s)"]
