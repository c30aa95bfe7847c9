"""What a caller is told of its exchange in the headers of a reply, the same in every dialect: names of ours only."""

from __future__ import annotations

from collections.abc import Iterable

from proxy.core import obligations, redisclosure
from proxy.core.records import Denial, Outbound
from proxy.core.statuses import DRY_RUN

PREFIX = "x-compliance-"
_PIN = "self"  # the operator of a target of one's own


def action(outbound: Outbound) -> str:
    """Return what was done with the request."""
    if outbound.target.operator == _PIN:
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
