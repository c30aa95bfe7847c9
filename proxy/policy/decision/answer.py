"""The policy's answer (``urn:compliance-proxy:decision:1``), parsed strictly: a malformed answer is not a decision.

An obligation that this build cannot carry out turns the permit into a denial, which keeps the obligations that apply to
denials too (log, retain), as XACML 3.0 section 7.18 requires of an enforcement point.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from proxy.core import obligations
from proxy.core.records import Decision, Obligation, TargetVerdict, Transfer
from proxy.policy.faults import PolicyFaultError

#: action -> (effect, its HTTP status; 0 = any status of a denial)
_ACTIONS = {
    "forward": ("permit", 200),
    "redact_and_forward": ("permit", 200),
    "pin_local": ("permit", 200),
    "block": ("deny", 0),
    "deliver": ("permit", 200),
    "redact_and_deliver": ("permit", 200),
    "cache_hit": ("permit", 200),
    "cache_bypass": ("", 200),
}
#: Actions that select a target.
ROUTED = frozenset({"forward", "redact_and_forward", "pin_local"})
_REFUSALS = frozenset({400, 403, 503})
_ON = frozenset({"permit", "deny", "both"})
_WHEN = frozenset({"before_egress", "after_response", "always"})
UNSUPPORTED = "OBLIGATION_UNSUPPORTED"
_NO_TARGET = "NO_COMPLIANT_TARGET"


@dataclass(frozen=True, slots=True)
class Stamp:
    """The enforcement point's data on one decision: fresh ids, time (RFC 3339), engine."""

    decision_id: str
    exchange: str
    time: str
    engine: str
    path: str = ""
    digest: str = ""  # of the bundle, 64 hex
    evaluation_us: int = 0


def _refuse(reason: str) -> NoReturn:
    raise PolicyFaultError(reason)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else _refuse("wrong_shape")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _refuse("wrong_shape")


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        _refuse("wrong_shape")
    return tuple(_text(item) for item in value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else _refuse("wrong_shape")


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else _refuse("wrong_shape")


def _one_of(value: Any, allowed: frozenset[str]) -> str:
    return value if isinstance(value, str) and value in allowed else _refuse("wrong_shape")


def _obligation(value: Any) -> Obligation:
    document = _object(value)
    return Obligation(
        id=_text(document.get("id")),
        type=_text(document.get("type")),
        on=_one_of(document.get("on"), _ON),
        when=_one_of(document.get("when", "always"), _WHEN),
        entities=_texts(document.get("entities", [])),
        profile=_text(document.get("profile", "")),
        method=_text(document.get("method", "")),
        params=_object(document.get("params", {})),
    )


def _transfer(value: Any) -> Transfer:
    document = _object(value)
    return Transfer(
        regime=_text(document.get("regime")),
        mechanism=_text(document.get("mechanism")),
        origin=_text(document.get("from", "")),
        destination=_text(document.get("to", "")),
        instrument=_text(document.get("instrument", "")),
        evidence=_texts(document.get("evidence", [])),
    )


def _verdict(value: Any, position: int) -> TargetVerdict:
    document = _object(value)
    permit, denials = document.get("permit"), _texts(document.get("denials", []))
    if not isinstance(permit, bool):
        _refuse("wrong_shape")
    if permit and denials:
        _refuse("conflict")
    return TargetVerdict(
        target=_text(document.get("target")),
        permit=permit,
        rank=_whole(document.get("rank", position)),
        denials=denials,
        obligations=tuple(_obligation(item) for item in _list(document.get("obligations", []))),
        transfers=tuple(_transfer(item) for item in _list(document.get("transfers", []))),
        region=_text(document.get("region", "")),
    )


def _understood(verdict: TargetVerdict, phase: str) -> TargetVerdict:
    """Deny a permitted target with an obligation that this build cannot carry out."""
    if not verdict.permit or all(obligations.is_supported(o, phase) for o in verdict.obligations):
        return verdict
    remaining = tuple(replace(o, on="both") for o in verdict.obligations if obligations.on_refusal(o))
    return replace(verdict, permit=False, denials=(*verdict.denials, UNSUPPORTED), obligations=remaining, transfers=())


def _check_targets(verdicts: tuple[TargetVerdict, ...], candidates: Iterable[str]) -> None:
    names = [verdict.target for verdict in verdicts]
    if len(set(names)) != len(names):
        _refuse("conflict")
    if not set(names) <= set(candidates):
        _refuse("unknown_target")


def _check_action(document: Mapping[str, Any], verdicts: tuple[TargetVerdict, ...]) -> tuple[bool, int]:
    """Return (permit, HTTP status) if effect, action, selected target, codes and status agree."""
    action = document.get("action")
    if not isinstance(action, str) or action not in _ACTIONS:
        _refuse("unknown_action")
    effect = _one_of(document.get("effect"), frozenset({"permit", "deny"}))
    expected, fixed = _ACTIONS[action]
    selected = document.get("selected_target")
    if expected and effect != expected:
        _refuse("conflict")
    if (action in ROUTED) != (selected is not None):
        _refuse("conflict")
    if selected is not None and _text(selected) not in {v.target for v in verdicts if v.permit}:
        _refuse("selected_not_permitted")
    if effect == "permit" and action != "cache_bypass" and _texts(document.get("block_codes")):
        _refuse("conflict")
    status = _whole(document.get("http_status", fixed or 403))
    if status != fixed and not (fixed == 0 and status in _REFUSALS):
        _refuse("conflict")
    return effect == "permit", status


def decision(answer: Any, candidates: Iterable[str], stamp: Stamp, phase: str = "request") -> Decision:
    """Parse an answer for these candidate targets in a phase of the policy input.

    Raises:
        PolicyFaultError: wrong_shape, unknown_action, unknown_target, selected_not_permitted or conflict.

    """
    document = _object(answer)
    if document.get("schema_version") != "1":
        _refuse("wrong_shape")
    received = tuple(_verdict(item, n) for n, item in enumerate(_list(document.get("targets"))))
    _check_targets(received, candidates)
    permit, status = _check_action(document, received)
    policy = _object(document.get("policy"))
    _list(document.get("reasons"))
    selected = document["selected_target"]
    codes = _texts(document.get("block_codes"))
    action = document["action"]
    verdicts = tuple(_understood(verdict, phase) for verdict in received)
    chosen = [v.permit for v in verdicts if selected in {None, v.target}]
    if permit and chosen and not any(chosen):
        permit, status, selected, action, codes = False, 403, None, "block", (_NO_TARGET, *codes, UNSUPPORTED)
    revision = _text(policy.get("revision"))
    return Decision(
        id=stamp.decision_id,
        permit=permit,
        action=action,
        selected=selected,
        targets=verdicts,
        block_codes=codes,
        http_status=status,
        bundle=_text(policy.get("bundle")),
        revision=revision,
        data_revision=_text(policy.get("data_revision")),
        engine=stamp.engine,
        document=stamped(document, stamp),
        path=stamp.path,
        digest=stamp.digest,
        evaluation_us=stamp.evaluation_us,
    )


def stamped(document: Mapping[str, Any], stamp: Stamp) -> dict[str, Any]:
    """Return the decision document with this exchange's ids, time and engine; all else is the very same."""
    policy = document["policy"]
    return {
        **document,
        "decision_id": stamp.decision_id,
        "request_id": stamp.exchange,
        "time": stamp.time,
        "policy": policy if policy.get("engine") == stamp.engine else {**policy, "engine": stamp.engine},
    }
