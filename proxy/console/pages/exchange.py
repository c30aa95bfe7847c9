"""Exchange: one page from the question to the proof, as the records have it: types and counts, never text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from proxy.console.visit import Download, PageView, Shown, Visit

Facts = Mapping[str, Any]


async def page(visit: Visit) -> Shown:
    """The story."""
    records = (await visit.document("audit.exchange", visit.parameter))["records"]
    return PageView("pages/exchange.html.j2", {"id": visit.parameter, "remedies": None, **story(records)})


async def explain(visit: Visit) -> Shown:
    """The story with what would change the decision, by the policy and the data that made it."""
    records = (await visit.document("audit.exchange", visit.parameter))["records"]
    body = {"request_id": visit.parameter}
    answer = await visit.document("policy.explain", "", body) if visit.may("policy.explain") else None
    remedies = None if answer is None else list(remedy(answer["result"].get("remedies", {})))
    return PageView("pages/exchange.html.j2", {"id": visit.parameter, "remedies": remedies, **story(records)})


async def proof(visit: Visit) -> Shown:
    """The proof as a file."""
    return Download(await visit.call("audit.proof", visit.parameter), f"{visit.parameter}.proof")


async def file(visit: Visit) -> Shown:
    """The story and its records as a file."""
    return Download(await visit.call("audit.exchange", visit.parameter), visit.parameter)


def remedy(remedies: Facts) -> Iterable[tuple[str, Facts]]:
    """Yield each target ("" for all) with a fact that would change the decision, those that permit first."""
    every = [(target, item) for target, some in remedies.items() for item in some]
    return sorted(every, key=lambda count: not count[1].get("permits"))


def story(records: Sequence[Facts]) -> dict[str, Any]:
    """Return the parts of the story of one exchange, from its records in order."""
    decision, outcome = _of(records, "decision"), _of(records, "outcome")
    facts, ended = _facts(decision), _facts(outcome)
    asked, answer, caller = facts.get("input", {}), facts.get("decision", {}), facts.get("caller", {})
    entities = asked.get("classification", {}).get("entities", ())
    attempts = [_attempt(record, ended) for record in records if record["attempt"]]
    sent = [attempt for attempt in attempts if attempt["sent"]]
    return {
        "decision": decision,
        "facts": facts,
        "caller": caller,
        "asked": asked,
        "answer": answer,
        "entities": entities,
        "values": sum(int(record.get("count", 1)) for record in entities),
        "legal": answer.get("legal", {}),
        "overrides": answer.get("overrides", {}),
        "candidates": list(_candidates(facts)),
        "attempts": attempts,
        "went": list(dict.fromkeys(attempt["record"]["target"] for attempt in sent)),
        "outcome": outcome,
        "ended": ended,
        "events": [record for record in records if record["kind"] == "event"],
        "records": records,
        "left": _left(sent, caller.get("ingress_region", "")),
    }


def _candidates(facts: Facts) -> Iterable[dict[str, Any]]:
    reasons = facts.get("decision", {}).get("reasons", ())
    selected = facts.get("decision", {}).get("selected_target")
    for verdict in facts.get("verdicts", ()):
        about = [
            reason
            for reason in reasons
            if reason.get("target") in {None, verdict["target"]} and "waived_by" not in reason
        ]
        denials = [
            {"code": code, "rules": [reason for reason in about if reason.get("code") == code]}
            for code in verdict.get("denials", ())
        ]
        yield {**verdict, "selected": verdict["target"] == selected, "denied": denials}
    if not facts.get("verdicts"):
        rules = [reason for reason in reasons if reason.get("effect") == "deny"]
        if rules:
            codes = dict.fromkeys(reason["code"] for reason in rules)
            denied = [{"code": code, "rules": [reason for reason in rules if reason["code"] == code]} for code in codes]
            yield {"target": "", "permit": False, "region": "", "selected": False, "obligations": (), "denied": denied}


def _attempt(record: Facts, ended: Facts) -> dict[str, Any]:
    results = [result for result in ended.get("attempts", ()) if result.get("number") == record["attempt"]]
    sent = record["attempt"] not in ended.get("unsent", ())
    return {"record": record, "facts": _facts(record), "result": results[0] if results else {}, "sent": sent}


def _left(sent: Iterable[Facts], home: str) -> str:
    """Return the region that an attempt went to outside of the caller's, "" for none."""
    regions = [str(attempt["facts"].get("region", "")) for attempt in sent]
    return next((region for region in regions if region and region != home), "")


def _of(records: Iterable[Facts], kind: str) -> Facts:
    return next((record for record in records if record["kind"] == kind), {})


def _facts(record: Facts) -> Facts:
    facts: Facts = record["body"]["facts"] if record else {}
    return facts
