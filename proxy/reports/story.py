"""An exchange as its records tell it: asked, found, decided, candidates, attempts, outcome, place in the log. Pure.

It holds what the records hold: types and counts, codes, citations and references, never text or values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from proxy.reports.render.cells import cell

Facts = Mapping[str, Any]


class Section(NamedTuple):
    """A part of the story."""

    title: str
    lines: tuple[str, ...]


def sections(records: Sequence[Facts]) -> tuple[Section, ...]:
    """Return the parts of the story of one exchange, from its records in order (``AuditReader.exchange``)."""
    decision, outcome = _of(records, "decision"), _of(records, "outcome")
    parts = [
        Section("asked", tuple(_asked(decision))),
        Section("found", tuple(_found(_facts(decision)))),
        Section("decided", tuple(_decided(decision, outcome))),
        Section("candidates", tuple(_candidates(_facts(decision)))),
        *(Section(f"attempt {one['attempt']}", tuple(_attempt(one, outcome))) for one in records if one["attempt"]),
        Section("outcome", tuple(_outcome(outcome))),
        *(Section(one["action"].replace("_", " "), (_when(one),)) for one in records if one["kind"] == "event"),
        Section("place in the log", tuple(map(_place, records))),
    ]
    return tuple(part for part in parts if part.lines)


def _asked(decision: Facts) -> Iterator[str]:
    if not decision:
        return
    caller, operation = _facts(decision).get("caller", {}), _input(decision).get("operation", {})
    who = f"{decision['service']} of {decision['tenant']}"
    yield f"{_when(decision)} {who}, under {decision['activity'] or 'no activity'}"
    yield _listed(
        ("credential", caller.get("key_id")), ("by", caller.get("authn_method")), ("roles", caller.get("roles")),
        ("from", caller.get("ingress_region")), ("grant", caller.get("break_glass")),
    )  # fmt: skip
    yield _listed(
        ("path", caller.get("path")), ("dialect", caller.get("dialect")), ("operation", operation.get("name")),
        ("model", operation.get("model")),
    )  # fmt: skip
    if refs := caller.get("subject_refs"):
        yield f"about {cell(refs)}"


def _found(facts: Facts) -> Iterator[str]:
    asked = facts.get("input", {})
    read, subjects = asked.get("classification", {}), asked.get("data_subjects", {})
    inspection = facts.get("inspection", {})
    if not inspection and not read:
        return
    yield _listed(
        ("read", read.get("status") or inspection.get("status")), ("language", inspection.get("language")),
        ("texts", inspection.get("spans")), ("values", inspection.get("findings")),
        ("unread parts", inspection.get("opaque")),
    )  # fmt: skip
    entities = [f"{one['type']} {one.get('count', '')}".strip() for one in read.get("entities", ())]
    yield _listed(("values of", ", ".join(entities)), ("categories", ", ".join(read.get("categories", ()))))
    yield _listed(("subjects in", ", ".join(_codes(subjects.get("regions", ())))), ("minor", subjects.get("minor")))


def _codes(regions: Iterable[Any]) -> list[str]:
    return [str(one.get("code", "")) if isinstance(one, Mapping) else cell(one) for one in regions]


def _decided(decision: Facts, outcome: Facts) -> Iterator[str]:
    if not decision:
        return
    facts = _facts(decision)
    document, legal = facts.get("decision", {}), facts.get("decision", {}).get("legal", {})
    target = f" to {decision['target']}" if decision["target"] else ""
    refused = decision["action"] != "block" and outcome and outcome["action"] == "block"
    action = (
        f"refused, although policy permits {decision['action']}{target}" if refused else f"{decision['action']}{target}"
    )
    yield action + (f": {cell(decision['codes'])}" if decision["codes"] else "")
    yield _listed(
        ("policy", decision["revision"]), ("data", decision["data_revision"]), ("decision", facts.get("decision_id")),
        ("engine", facts.get("engine")),
    )  # fmt: skip
    yield _listed(
        ("laws", legal.get("regimes")), ("ground", legal.get("legal_basis")), ("Art. 9", legal.get("art9_condition")),
        ("HIPAA", legal.get("hipaa_basis")), ("controller", legal.get("controller")),
    )  # fmt: skip
    yield from _lifted(document.get("overrides", {}))


def _lifted(overrides: Facts) -> Iterator[str]:
    if grant := overrides.get("break_glass"):
        lifted = f"break-glass {cell(grant.get('ticket'))} lifted {cell(grant.get('waived'))}"
        yield f"{lifted}, approved by {cell(grant.get('approver'))}"
    for one in overrides.get("exceptions", ()):
        yield f"exception {cell(one.get('id'))} lifted {cell(one.get('waived'))}"


def _candidates(facts: Facts) -> Iterator[str]:
    reasons = facts.get("decision", {}).get("reasons", ())
    for one in facts.get("verdicts", ()):
        state = f"permitted, rank {one.get('rank')}" if one.get("permit") else "denied"
        yield f"{one['target']} ({one.get('region') or 'no region'}): {state}"
        yield from (f"  {line}" for line in _grounds(one, reasons))


def _grounds(verdict: Facts, reasons: Iterable[Facts]) -> Iterator[str]:
    yield from _denials(verdict, reasons)
    if verdict.get("obligations"):
        yield "obliged: " + ", ".join(f"{one['type']} ({one['id']})" for one in verdict["obligations"])
    for one in verdict.get("transfers", ()):
        papers = cell([one.get("instrument"), *one.get("evidence", ())]).strip()
        places = f"from {one.get('from')} to {one.get('to')}"
        yield f"transfer under {one['regime']} {places} by {one['mechanism']} {papers}".rstrip()


def _denials(verdict: Facts, reasons: Iterable[Facts]) -> Iterator[str]:
    own = [one for one in reasons if one.get("effect") == "deny" and one.get("target") in {None, verdict["target"]}]
    for code in verdict.get("denials", ()):
        rules = [one for one in own if one.get("code") == code and "waived_by" not in one]
        yield f"{code}" + "".join(f" by {one['rule_id']}{_cited(one)}" for one in rules)


def _cited(reason: Facts) -> str:
    cited = "; ".join(cell(one) for one in reason.get("citation", ()))
    return f" ({cited})" if cited else ""


def _attempt(record: Facts, outcome: Facts) -> Iterator[str]:
    facts = _facts(record)
    where = f"{facts.get('host', '')} ({facts.get('region', '')}, {facts.get('operator', '')})"
    yield f"{_when(record)} {record['target']} at {where}"
    changed = [f"{one.get('entity_type', one.get('type', ''))} {one.get('operator', '')} {one.get('count', '')}".strip()
               for one in facts.get("remarks", ())]  # fmt: skip
    yield _listed(
        ("bytes", facts.get("bytes")), ("changed", ", ".join(changed)), ("pseudonyms", facts.get("pseudonyms")),
        ("notice", facts.get("notice")), ("done", facts.get("obligations_fulfilled")),
    )  # fmt: skip
    ended = _facts(outcome) if outcome else {}
    if record["attempt"] in ended.get("unsent", ()):
        yield "was not sent"
    for one in ended.get("attempts", ()):
        if one.get("number") == record["attempt"]:
            yield _listed(
                ("ended", one.get("ended")), ("status", one.get("status")), ("ms", one.get("duration_ms")),
                ("bytes out", one.get("bytes_out")), ("bytes in", one.get("bytes_in")),
                ("reported region", one.get("region")), ("stored as", one.get("kept")),
            )  # fmt: skip


def _outcome(outcome: Facts) -> Iterator[str]:
    if not outcome:
        yield "still open"
        return
    facts = _facts(outcome)
    yield f"{_when(outcome)} {facts.get('ended')}, status {outcome['status']} to the caller" + (
        f": {cell(outcome['codes'])}" if outcome["codes"] else ""
    )
    if cache := facts.get("cache"):
        said = f"the reply of {cache['target']} to exchange {cache['exchange']}"
        yield f"answered from the cache: {said}, {cache['age_s']} s old"
    if obligation := (facts.get("denial") or {}).get("obligation"):
        yield f"the obligation {obligation} cannot be carried out"
    yield _listed(
        ("reply", facts.get("response_action")), ("values restored", facts.get("restored")),
        ("fulfilled", facts.get("obligations_fulfilled")), ("not fulfilled", facts.get("obligations_unfulfilled")),
        ("kept through", facts.get("retain_until")), ("ms", facts.get("duration_ms")),
    )  # fmt: skip


def _place(record: Facts) -> str:
    leaf = record.get("leaf")
    sealed = f"leaf {leaf} of the log" if leaf is not None else "not yet in the log of seals"
    number = f" {record['attempt']}" if record["attempt"] else ""
    return f"{record['kind']}{number}: {record['writer']} #{record['seq']}, {sealed}, {record['hash']}"


def _of(records: Iterable[Facts], kind: str) -> Facts:
    return next((one for one in records if one["kind"] == kind), {})


def _facts(record: Facts) -> Facts:
    facts: Facts = record["body"]["facts"] if record else {}
    return facts


def _input(decision: Facts) -> Facts:
    asked: Facts = _facts(decision).get("input", {})
    return asked


def _when(record: Facts) -> str:
    return f"{record['recorded_at']:%Y-%m-%d %H:%M:%S.%f}"[:-3]


def _listed(*named: tuple[str, Any]) -> str:
    """Return what has a value, each after its name."""
    return ", ".join(f"{name} {cell(value)}" for name, value in named if value not in (None, "", [], (), 0))
