"""Break-glass grants: requests, approvals, duration and state. Pure.

A grant needs an eligible role, a fresh second factor, a second person, a ticket, and an end within hours (45 CFR
164.312(a)(2)(ii)). It lifts only rules that policy declares waivable, never the law.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from proxy.core.records import Grant, Principal

#: The role a caller needs to present a grant.
ROLE = "break-glass"
#: Deadline of the review, after the end of a grant that was used.
REVIEW_WITHIN = timedelta(days=3)
#: How long a request for a grant waits for approval before it lapses.
APPROVE_WITHIN = timedelta(hours=24)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def fresh_id() -> str:
    """Return "bg_" and twelve random letters or digits."""
    return "bg_" + "".join(secrets.choice(_ALPHABET) for _ in range(12))


@dataclass(frozen=True, slots=True)
class GrantRequest:
    """A request for a grant. None: any activity, any service of the tenant that has the role."""

    tenant: str
    ticket: str
    reason: str
    lasts: timedelta
    requested_by: str
    activity: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """The second person's approval. ``mfa`` is the second factor as attested, "" for none."""

    approver: str
    mfa: str
    approved: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """One grant with its history."""

    id: str
    request: GrantRequest
    requested: datetime
    approval: Approval | None = None
    revoked: datetime | None = None
    reviewed: datetime | None = None
    finding: str = ""
    uses: int = 0
    proven: bool = False  # holders of the master key requested and approved it; it is not obeyed otherwise

    def state(self, now: datetime) -> str:
        """Return pending, lapsed, open, revoked, expired, "review due", "review overdue" or reviewed."""
        if self.reviewed is not None:
            return "reviewed"
        due = self.review_due()
        if due is not None and self.ended(now):
            return "review due" if now <= due else "review overdue"
        if self.revoked is not None:
            return "revoked"
        if self.approval is None:
            return "pending" if now - self.requested < APPROVE_WITHIN else "lapsed"
        return "expired" if self.ended(now) else "open"

    def ended(self, now: datetime) -> bool:
        """Whether it can no longer be used."""
        return self.revoked is not None or (self.approval is not None and now >= self.approval.expires)

    def review_due(self) -> datetime | None:
        """Return the deadline for reviewing its use, None if it was never used."""
        if self.approval is None or not self.uses:
            return None
        ends = self.approval.expires if self.revoked is None else min(self.approval.expires, self.revoked)
        return ends + REVIEW_WITHIN

    def usable(self, principal: Principal, activity: str, now: datetime) -> Grant | str:
        """Return the grant for this caller, who is of its tenant, or the reason why it cannot be used."""
        approval = self.approval
        if approval is None or not self.proven:
            return "the break-glass grant is not approved"
        reasons = {
            "the break-glass grant was revoked": self.revoked is not None,
            "the break-glass grant has expired": now >= approval.expires,
            "the break-glass grant is for another service": self.request.service not in {None, principal.service},
            "the break-glass grant is for another activity": self.request.activity not in {None, activity},
            "the break-glass grant was approved by its user": approval.approver == principal.service,
            "the break-glass grant has no second factor": not (approval.mfa or principal.mfa),
        }
        for reason, holds in reasons.items():
            if holds:
                return reason
        return Grant(
            id=self.id,
            ticket=self.request.ticket,
            approver=approval.approver,
            mfa=True,
            role_ok=ROLE in principal.roles,
            expires=int(approval.expires.timestamp()),
        )
