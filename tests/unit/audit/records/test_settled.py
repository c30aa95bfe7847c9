from __future__ import annotations

from proxy.audit.records import columns, settled
from proxy.audit.records.record import Columns, make


def records(*, decision=None, attempts=(), outcome=None):
    made = [make(Columns(at=1, kind="decision", exchange="x", target="us"), decision or {})]
    made += [
        make(Columns(at=2, kind="attempt", exchange="x", attempt=number, target=target), facts)
        for number, (target, facts) in enumerate(attempts, 1)
    ]
    last = attempts[-1][0] if attempts else ""
    return [*made, make(Columns(at=3, kind="outcome", exchange="x", target=last), outcome or {})]


def row(given) -> dict:
    values = columns.row(settled.read(given))
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in zip(columns.NAMES, values, strict=True)
    }


def answer(code: str) -> dict:
    reasons = [
        {"code": code, "rule_id": "r", "effect": "deny"},
        {"code": "W", "rule_id": "r", "effect": "deny", "waived_by": "g"},
    ]
    found = {"entities": [{"type": "PERSON", "count": 2, "max_confidence": 0.5}], "categories": ["health"]}
    return {"decision_id": code, "bundle": "b", "input": {"classification": found}, "decision": {"reasons": reasons}}


def test_an_open_exchange_is_not_settled():
    assert settled.read(records()[:-1]) is None
    assert settled.read(records()[1:]) is None


def test_the_last_answer_counts():
    given = records(decision=answer("A"), attempts=[("us", {}), ("de", {"answer": answer("B")})])
    assert (row(given)["decision_id"], row(given)["denial_codes"], row(given)["denial_rules"]) == ("B", ["B"], ["r"])


def test_nothing_was_disclosed_by_what_was_not_sent():
    transfer = {
        "regime": "GDPR",
        "mechanism": "scc",
        "from": "DE",
        "to": "US",
        "instrument": "i",
        "evidence": ["e1", "e2"],
    }
    facts = {"transfers": [transfer], "disclosure": {}, "notice": "n", "recipient": "R"}
    given = records(decision=answer("A"), attempts=[("us", facts)], outcome={"unsent": [1], "attempts": []})
    told = row(given)
    assert (told["attempt_endings"], told["transfer_targets"], told["notice"]) == (["unsent"], [], "")
    assert (told["entity_targets"], told["entity_found"], told["entity_sent"]) == ([""], [2], [0])
    sent = row(records(decision=answer("A"), attempts=[("us", facts)]))
    assert (sent["attempt_accounted"], sent["transfer_evidence"], sent["recipient"]) == ([True], ["e1 e2"], "R")
    assert (sent["entity_targets"], sent["entity_sent"], sent["notice"]) == (["us"], [2], "n")


def test_rules_that_were_lifted_are_named_by_their_codes():
    decision = answer("A")
    decision["decision"]["overrides"] = {
        "break_glass": {"ticket": "T-1", "waived": ["B", "A"]}, "exceptions": [{"id": "e", "waived": ["C", "A"]}],
    }  # fmt: skip
    told = row(records(decision=decision))
    assert (told["ticket"], told["exceptions"], told["waived"]) == ("T-1", ["e"], ["A", "B", "C"])
