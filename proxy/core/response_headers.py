"""Headers of a reply that inform the caller about its exchange, the same in every dialect: our own names only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from proxy.core import obligations
from proxy.core.decision.reasons import UNAVAILABLE, reason
from proxy.core.findings import Cause
from proxy.core.records import Denial, Outbound
from proxy.core.statuses import DRY_RUN
from proxy.core.targets.capabilities import shown
from proxy.errors import retry_headers

PREFIX = "x-compliance-"
#: Where this proxy explains each reason code.
CODES = "/v1/compliance/codes"
#: Every header of ours that a reply may carry, with its meaning.
MEANINGS = {
    "x-compliance-exchange": "the id of the exchange in the audit log, as in `x-request-id`",
    "x-compliance-action": "what was done: `forward`, `redact_and_forward`, `pin_local`, `block`, `dry_run`",
    "x-compliance-decision": "the id of the decision",
    "x-compliance-target": "the target that was called",
    "x-compliance-redacted": "entity types that were replaced in the request or removed from a whole reply",
    "x-compliance-masked": "stand-ins that stayed in a whole reply, by reason: `address`, `markup`, `obligation`, "
    "`undeclared_call` (`address=2, markup=1`)",
    "x-compliance-oversight": "`required`: a person has to oversee the use of this reply (AI Act Art. 14)",
    "x-compliance-translated": "the dialect of the request to the target, if it is not the caller's",
    "x-compliance-dropped": "features of the request that were left out for this target",
    "x-compliance-cause": "what a refusal or a pin is about, by type and position: "
    "`HEALTH_CONDITION in messages[3] (tool result of read)`, `minor in messages[0] (user)`, `stored in store`, "
    "`unavailable: openai/eu`",
    "x-compliance-code": "the reason code of a refusal or fault",
    "x-compliance-responsibility": "whose it is that there is no reply: `policy`, `caller`, `target` or `proxy`",
    "x-compliance-budget": 'how much of a budget is spent, from its soft end on: `"crm";used=0.83`',
    "x-compliance-notice": "the statement of 42 CFR 2.32 that went out with the content",
}
#: Those of errors and denials.
ON_ERRORS = (
    "x-compliance-exchange",
    "x-compliance-action",
    "x-compliance-decision",
    "x-compliance-cause",
    "x-compliance-code",
    "x-compliance-responsibility",
    "link",
)
#: Statuses that say when to retry; the seconds where nobody knows better.
_LATER, _AGAIN_S = frozenset({429, 503}), 1.0
_UNAUTHENTICATED = 401
#: Causes that a header names.
_MOST = 8


def action(outbound: Outbound) -> str:
    """Return the action on the request, as in ``x-compliance-action``."""
    if outbound.target.self_hosted:
        return "pin_local"
    return "redact_and_forward" if outbound.remarks else "forward"


def headers(
    outbound: Outbound,
    done: str,
    *,
    oversight: bool,
    taken: Iterable[str] = (),
    masked: Mapping[str, int] | None = None,
) -> dict[str, str]:
    """Return the headers of a reply.

    ``taken`` are the entity types that were removed from the reply itself, ``masked`` counts the stand-ins that stay in
    it by reason.
    """
    fields = {PREFIX + "action": done, PREFIX + "target": outbound.target.id}
    if outbound.decision_id:
        fields[PREFIX + "decision"] = outbound.decision_id
    types = {remark.entity_type for remark in outbound.remarks}.union(taken)
    if types:
        fields[PREFIX + "redacted"] = ", ".join(sorted(types))
    if masked:
        fields[PREFIX + "masked"] = ", ".join(f"{reason}={count}" for reason, count in sorted(masked.items()))
    if oversight or obligations.obliged(outbound.verdict, "human_oversight"):
        fields[PREFIX + "oversight"] = "required"
    if outbound.translated:
        fields[PREFIX + "translated"] = outbound.dialect
    fields |= _cause(outbound.causes)
    if outbound.dropped:
        fields[PREFIX + "dropped"] = ", ".join(dict.fromkeys(map(shown, outbound.dropped)))
    if outbound.notice:
        fields[PREFIX + "notice"] = f"{outbound.notice}: {obligations.REDISCLOSURE}"
    return fields


def refusal(denial: Denial) -> dict[str, str]:
    """Return the headers of a denial."""
    decided = {PREFIX + "decision": denial.decision_id} if denial.decision_id else {}
    return {PREFIX + "action": "block", **decided, **_cause(denial.causes)}


def of_code(status: int, code: str, retry_after_s: float = 0.0, *, final: bool = False) -> dict[str, str]:
    """Return the headers that follow from a code: whose it is, where it is explained, whether and when to retry."""
    if reason(code).responsibility in UNAVAILABLE and status in _LATER:
        retry_after_s = retry_after_s or _AGAIN_S
    return {**explained(code), **challenge(status), **retry_headers(status, retry_after_s, final=final)}


def challenge(status: int) -> dict[str, str]:
    """Return the header that names the scheme of a credential, as every 401 has to (RFC 9110, 11.6.1; RFC 6750, 3)."""
    return {"www-authenticate": "Bearer"} if status == _UNAUTHENTICATED else {}


def explained(code: str) -> dict[str, str]:
    """Return the headers that say whose a code is, and where it is explained."""
    return {
        PREFIX + "code": quote(code),
        PREFIX + "responsibility": reason(code).responsibility.value,
        "link": f'<{CODES}/{quote(code)}>; rel="help"',
    }


def _cause(causes: Sequence[Cause]) -> dict[str, str]:
    return {PREFIX + "cause": "; ".join(map(str, causes[:_MOST]))} if causes else {}


def dry_run(decision_id: str) -> dict[str, str]:
    """Return the headers of the answer to a dry run."""
    return {PREFIX + "action": DRY_RUN, PREFIX + "decision": decision_id}
