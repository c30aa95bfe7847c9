"""What a caller is told of its exchange in the headers of a reply, the same in every dialect: names of ours only."""

from __future__ import annotations

from collections.abc import Iterable

from proxy.core import obligations
from proxy.core.decision import redisclosure
from proxy.core.records import Denial, Outbound
from proxy.core.statuses import DRY_RUN

PREFIX = "x-compliance-"
#: Every header of ours that a reply may carry, with what it says.
MEANINGS = {
    "x-compliance-exchange": "the id to ask the audit log for; `x-request-id` says it too",
    "x-compliance-action": "what was done: `forward`, `redact_and_forward`, `pin_local`, `block`, `dry_run`",
    "x-compliance-decision": "the id of the decision",
    "x-compliance-target": "the target that was called",
    "x-compliance-redacted": "types of entity that were replaced in the request or taken out of a whole reply",
    "x-compliance-oversight": "`required`: a person has to oversee what is done with this reply (AI Act Art. 14)",
    "x-compliance-translated": "the dialect in which the target was asked, where it is another than the caller's",
    "x-compliance-notice": "the statement of 42 CFR 2.32 that went out with the content",
}
#: Those of errors and refusals.
ON_ERRORS = ("x-compliance-exchange", "x-compliance-action", "x-compliance-decision")


def action(outbound: Outbound) -> str:
    """Return what was done with the request."""
    if outbound.target.self_hosted:
        return "pin_local"
    return "redact_and_forward" if outbound.remarks else "forward"


def headers(outbound: Outbound, done: str, *, oversight: bool, taken: Iterable[str] = ()) -> dict[str, str]:
    """Return the headers of a reply; ``taken`` are the entity types that were taken out of the reply itself."""
    told = {PREFIX + "action": done, PREFIX + "target": outbound.target.id}
    if outbound.decision_id:
        told[PREFIX + "decision"] = outbound.decision_id
    types = {remark.entity_type for remark in outbound.remarks}.union(taken)
    if types:
        told[PREFIX + "redacted"] = ", ".join(sorted(types))
    if oversight or obligations.obliged(outbound.verdict, "human_oversight"):
        told[PREFIX + "oversight"] = "required"
    if outbound.translated:
        told[PREFIX + "translated"] = outbound.dialect
    if outbound.notice:
        told[PREFIX + "notice"] = f"{outbound.notice}: {redisclosure.STATEMENT}"
    return told


def refusal(denial: Denial) -> dict[str, str]:
    """Return the headers of a refusal."""
    decided = {PREFIX + "decision": denial.decision_id} if denial.decision_id else {}
    return {PREFIX + "action": "block", **decided}


def dry_run(decision_id: str) -> dict[str, str]:
    """Return the headers of the answer to a dry run."""
    return {PREFIX + "action": DRY_RUN, PREFIX + "decision": decision_id}
