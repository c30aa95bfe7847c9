"""An exchange as its records tell it: asked, found, decided, candidates, attempts, outcome, place in the log. Pure.

It holds what the records hold: types and counts, codes, citations and references, never text or values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from proxy.reports.rows import cell

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
        Section("found", tuple(_entity_texts(_facts(decision)))),
        Section("decided", tuple(_decided(decision, outcome))),
        Section("candidates", tuple(_candidates(_facts(decision)))),
        *(
            Section(f"attempt {record['attempt']}", tuple(_attempt(record, outcome)))
            for record in records
            if record["attempt"]
        ),
        Section("outcome", tuple(_outcome(outcome))),
        *(
            Section(record["action"].replace("_", " "), (_when(record),))
            for record in records
            if record["kind"] == "event"
        ),
        Section("place in the log", tuple(map(_location, records))),
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


def _entity_texts(facts: Facts) -> Iterator[str]:
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
    entities = [f"{entity['type']} {entity.get('count', '')}".strip() for entity in read.get("entities", ())]
    yield _listed(("values of", ", ".join(entities)), ("categories", ", ".join(read.get("categories", ()))))
    wanted = asked.get("ext", {}).get("surrogates")
    yield _listed(
        ("subjects in", ", ".join(_codes(subjects.get("regions", ())))), ("minor", subjects.get("minor")),
        ("surrogates asked for", wanted),
    )  # fmt: skip


def _codes(regions: Iterable[Any]) -> list[str]:
    return [str(region.get("code", "")) if isinstance(region, Mapping) else cell(region) for region in regions]


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
    for exception in overrides.get("exceptions", ()):
        yield f"exception {cell(exception.get('id'))} lifted {cell(exception.get('waived'))}"


def _candidates(facts: Facts) -> Iterator[str]:
    reasons = facts.get("decision", {}).get("reasons", ())
    for verdict in facts.get("verdicts", ()):
        state = f"permitted, rank {verdict.get('rank')}" if verdict.get("permit") else "denied"
        yield f"{verdict['target']} ({verdict.get('region') or 'no region'}): {state}"
        yield from (f"  {line}" for line in _grounds(verdict, reasons))


def _grounds(verdict: Facts, reasons: Iterable[Facts]) -> Iterator[str]:
    yield from _denials(verdict, reasons)
    if verdict.get("obligations"):
        yield "obliged: " + ", ".join(f"{transfer['type']} ({transfer['id']})" for transfer in verdict["obligations"])
    for transfer in verdict.get("transfers", ()):
        papers = cell([transfer.get("instrument"), *transfer.get("evidence", ())]).strip()
        places = f"from {transfer.get('from')} to {transfer.get('to')}"
        yield f"transfer under {transfer['regime']} {places} by {transfer['mechanism']} {papers}".rstrip()


def _denials(verdict: Facts, reasons: Iterable[Facts]) -> Iterator[str]:
    denials = [
        reason
        for reason in reasons
        if reason.get("effect") == "deny" and reason.get("target") in {None, verdict["target"]}
    ]
    for code in verdict.get("denials", ()):
        rules = [reason for reason in denials if reason.get("code") == code and "waived_by" not in reason]
        yield f"{code}" + "".join(f" by {reason['rule_id']}{_cited(reason)}" for reason in rules)


def _cited(reason: Facts) -> str:
    cited = "; ".join(cell(citation) for citation in reason.get("citation", ()))
    return f" ({cited})" if cited else ""


def _attempt(record: Facts, outcome: Facts) -> Iterator[str]:
    facts = _facts(record)
    where = f"{facts.get('host', '')} ({facts.get('region', '')}, {facts.get('operator', '')})"
    yield f"{_when(record)} {record['target']} at {where}"
    changed = []
    for remark in facts.get("remarks", ()):
        words = (remark.get("entity_type", remark.get("type", "")), remark.get("operator", ""), remark.get("count", ""))
        changed.append(" ".join(map(str, words)).strip())
    yield _listed(
        ("bytes", facts.get("bytes")), ("changed", ", ".join(changed)), ("pseudonyms", facts.get("pseudonyms")),
        ("notice", facts.get("notice")), ("done", facts.get("obligations_fulfilled")),
    )  # fmt: skip
    ended = _facts(outcome) if outcome else {}
    if record["attempt"] in ended.get("unsent", ()):
        yield "was not sent"
    for attempt in ended.get("attempts", ()):
        if attempt.get("number") == record["attempt"]:
            yield _listed(
                ("ended", attempt.get("ended")), ("status", attempt.get("status")), ("ms", attempt.get("duration_ms")),
                ("bytes out", attempt.get("bytes_out")), ("bytes in", attempt.get("bytes_in")),
                ("reported region", attempt.get("region")), ("stored as", attempt.get("kept")),
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
        sentence = f"the reply of {cache['target']} to exchange {cache['exchange']}"
        yield f"answered from the cache: {sentence}, {cache['age_s']} s old"
    if obligation := (facts.get("denial") or {}).get("obligation"):
        yield f"the obligation {obligation} cannot be carried out"
    yield _listed(
        ("reply", facts.get("response_action")), ("values restored", facts.get("restored")),
        ("fulfilled", facts.get("obligations_fulfilled")), ("not fulfilled", facts.get("obligations_unfulfilled")),
        ("kept through", facts.get("retain_until")), ("ms", facts.get("duration_ms")),
    )  # fmt: skip


def _location(record: Facts) -> str:
    leaf = record.get("leaf")
    sealed = f"leaf {leaf} of the log" if leaf is not None else "not yet in the log of seals"
    number = f" {record['attempt']}" if record["attempt"] else ""
    return f"{record['kind']}{number}: {record['writer']} #{record['seq']}, {sealed}, {record['hash']}"


def _of(records: Iterable[Facts], kind: str) -> Facts:
    return next((record for record in records if record["kind"] == kind), {})


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
