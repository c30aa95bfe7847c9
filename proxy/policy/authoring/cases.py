"""Worked cases: an input document, overrides of the data document, and the expected decision.

A file of cases is ``{"cases": [{"id", "input_document", "data_overrides", "expect"}]}``. Overrides: ``exceptions`` are
added to the existing ones; ``dpf_revoked_at`` (ISO date) revokes the EU's adequacy decision for the US from that day;
``data_age_days`` moves ``as_of`` back; ``policy_status: unavailable`` means that the engine is down; any other key of
the data document is merged into it.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from proxy.policy.decision.answer import Stamp, decision
from proxy.policy.decision.summary import permitted
from proxy.policy.engine.evaluator import Evaluator, unavailable
from proxy.policy.faults import PolicyFaultError

_DPF_REGIME = "eu"
_STAMP = Stamp("case", "case", "1970-01-01T00:00:00Z", "case")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One difference between a decision and a case's expectation."""

    field: str
    expected: Any
    actual: Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """A case and its differences; none means that it passes."""

    id: str
    title: str
    differences: tuple[Mismatch, ...]


class UnknownOverrideError(ValueError):
    """A case has an unknown override of the data document."""


def read(content: bytes) -> list[dict[str, Any]]:
    """Return the cases of a file.

    Raises:
        ValueError: not a file of cases.

    """
    document = orjson.loads(content)
    cases = document.get("cases") if isinstance(document, dict) else document
    if not isinstance(cases, list) or not all(isinstance(c, dict) and "input_document" in c for c in cases):
        raise ValueError('expected {"cases": [{"id", "input_document", "expect", ...}]}')
    return cases


def adjusted(data: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the data document with a case's overrides applied.

    Raises:
        UnknownOverrideError: an override that is neither defined nor a key of the document.

    """
    document = copy.deepcopy(dict(data))
    for key, value in overrides.items():
        if key in _OVERRIDES:
            _OVERRIDES[key](document, value)
        elif key in document:
            document[key] = _merged(document[key], value)
        else:
            raise UnknownOverrideError(f"unknown data override '{key}'")
    return document


def _register(document: dict[str, Any], exceptions: list[Any]) -> None:
    document["exceptions"] = [*document.get("exceptions", []), *exceptions]


def revoke_dpf(document: dict[str, Any], day: str) -> None:
    """Revoke the EU's adequacy decision for the United States from an ISO date on."""
    for entry in document["adequacy"][_DPF_REGIME]:
        if entry.get("code") == "US":
            entry["revoked_at"] = day


def _age(document: dict[str, Any], days: int) -> None:
    document["as_of"] = (dt.date.fromisoformat(document["as_of"]) - dt.timedelta(days=days)).isoformat()


_OVERRIDES: dict[str, Callable[[dict[str, Any], Any], None]] = {
    "exceptions": _register,
    "dpf_revoked_at": revoke_dpf,
    "data_age_days": _age,
    "policy_status": lambda document, status: None,  # noqa: ARG005  the engine's state, not data
}


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return new


def judge(cases: list[dict[str, Any]], base: Evaluator) -> Iterator[Verdict]:
    """Decide every case and compare the results. Cases with the same overrides share an engine."""
    engines: dict[bytes, Evaluator] = {}
    try:
        for case in cases:
            yield Verdict(str(case.get("id", "?")), str(case.get("title", "")), tuple(_judge(case, base, engines)))
    finally:
        for engine in engines.values():
            engine.close()


def _judge(case: Mapping[str, Any], base: Evaluator, engines: dict[bytes, Evaluator]) -> Iterator[Mismatch]:
    overrides = case.get("data_overrides") or {}
    document, expect = case["input_document"], case.get("expect") or {}
    if overrides.get("policy_status") == "unavailable":
        yield from differences(unavailable("unreachable"), expect)
        return
    key = orjson.dumps(overrides, option=orjson.OPT_SORT_KEYS)
    if overrides and key not in engines:
        try:
            engines[key] = base.over(adjusted(base.data, overrides))
        except UnknownOverrideError as error:
            yield Mismatch("data_overrides", "a known override", str(error))
            return
    answer = engines.get(key, base).outcome(document)
    yield from _refused(answer, document)
    yield from differences(answer, expect)


def _refused(answer: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Mismatch]:
    """Yield a mismatch if the enforcement point would not accept this answer as a decision."""
    try:
        if "policy" in answer:
            decision(answer, [entry["target"] for entry in document["candidates"]], _STAMP)
    except PolicyFaultError as fault:
        yield Mismatch("decision", "accepted by the enforcement point", fault.reason)


def differences(answer: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[Mismatch]:
    """Compare a decision document with an expectation; fields that are absent or null in it are not checked."""
    for field in ("action", "http_status"):
        if field in expect and answer.get(field) != expect[field]:
            yield Mismatch(field, expect[field], answer.get(field))
    if "selected_target" in expect and answer.get("selected_target") != expect["selected_target"]:
        yield Mismatch("selected_target", expect["selected_target"], answer.get("selected_target"))
    yield from _targets(answer, expect)
    missing = set(expect.get("block_codes") or ()) - set(answer.get("block_codes") or ())
    if missing:
        yield Mismatch("block_codes", sorted(missing), answer.get("block_codes"))
    yield from _obligations(answer, expect)
    yield from _mechanism(answer, expect)


def _targets(answer: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[Mismatch]:
    expected = expect.get("permitted_targets")
    if expected is not None and permitted(answer) != expected:
        yield Mismatch("permitted_targets", expected, permitted(answer))
    entries = {entry["target"]: entry for entry in answer.get("targets") or ()}
    for target, codes in (expect.get("denied") or {}).items():
        entry = entries.get(target, {})
        if entry.get("permit") or set(codes) - set(entry.get("denials") or ()):
            yield Mismatch(f"denied[{target}]", codes, entry.get("denials", []))


def _selected(answer: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the selected target's entries under ``key``; those of all targets if none is selected (a reply)."""
    selected = answer.get("selected_target")
    return [
        item
        for entry in answer.get("targets") or ()
        if selected in {None, entry.get("target")}
        for item in entry.get(key) or ()
    ]


def _obligations(answer: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[Mismatch]:
    present = _selected(answer, "obligations")
    for expected in expect.get("obligations_include") or ():
        if not any(_meets(obligation, expected) for obligation in present):
            same = [obligation for obligation in present if obligation.get("type") == expected.get("type")]
            yield Mismatch("obligations_include", expected, same)
    excluded = set(expect.get("obligations_exclude_types") or ()) & {o.get("type") for o in present}
    if excluded:
        yield Mismatch("obligations_exclude_types", "none", sorted(excluded))


def _meets(obligation: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    facts = {**(obligation.get("params") or {}), **obligation}
    for field, value in expected.items():
        actual = facts.get(field)
        if field == "entities":
            met = set(value) <= set(actual or ())
        elif field == "min_days":
            met = isinstance(actual, int) and actual >= value
        else:
            met = actual == value
        if not met:
            return False
    return True


def _mechanism(answer: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[Mismatch]:
    expected = expect.get("transfer_mechanism")
    if expected is None:
        return
    transfers = _selected(answer, "transfers")
    if isinstance(expected, dict):
        recorded = {f"{transfer['regime']} {transfer['mechanism']}" for transfer in transfers}
        required = {f"{regime} {mechanism}" for regime, mechanism in expected.items()}
    else:
        recorded = {transfer["mechanism"] for transfer in transfers}
        required = {expected} if isinstance(expected, str) else set(expected)
    if required - recorded:
        yield Mismatch("transfer_mechanism", expected, sorted(recorded))
