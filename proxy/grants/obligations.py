"""Obligations alongside a request: notices, reviews, oversight items and approvals.

Each is durable before the request leaves. Where a break-glass grant lifted a rule, its use is recorded with the grant,
which stays open until it is reviewed. Otherwise (an organisation's own rule) the event is the notice, and what has to
be reviewed or overseen stays on the list of ``proxy.audit.access.reader`` until a named person closes it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from prometheus_client import Counter

from proxy.core import obligations
from proxy.core.obligations import Phase
from proxy.core.records import Decision, Exchange, Grant, Obligation
from proxy.errors import GrantUnusableError
from proxy.grants.store import GrantStore
from proxy.ports import EventLog
from proxy.runtime.log import logger

USES = Counter("proxy_break_glass_uses", "Exchanges for which a break-glass grant lifted a rule.", ["tenant"])
OVERSIGHT = Counter("proxy_oversight_required", "Exchanges that need human oversight.", ["tenant"])
NOTICES = Counter("proxy_policy_notices", "Exchanges with an obligation to notify or to review.", ["tenant"])

_NOTICES = ("notify", "post_review")


@dataclass(frozen=True, slots=True)
class GrantObligations:
    """Implements ``ports.ObligationHandler``."""

    store: GrantStore
    events: EventLog

    async def carry_out(self, exchange: Exchange, decision: Decision, target: str) -> None:
        """Record the events, and the use of a grant once per exchange.

        Raises:
            GrantUnusableError: the grant that lifted a rule has since ended or been revoked.
            GrantsUnavailableError, AuditUnavailableError: not durable, so nothing may be sent.

        """
        due = tuple(_alongside(decision, target))
        types = {obligation.type for obligation in due}
        for handled, carry_out in HANDLERS.items():
            if not types.isdisjoint(handled):
                await carry_out(self, exchange, decision, target, due)

    async def refused(self, exchange: Exchange, decision: Decision) -> None:
        """Record the notices that a refusal obliges to.

        Raises:
            AuditUnavailableError: not durable.

        """
        if due := obligations.notices(decision):
            await self.record("policy_notice", exchange, decision, "", due, {})
            NOTICES.labels(exchange.principal.tenant).inc()

    async def approved(self, exchange: Exchange, _decision: Decision, target: str, due: Sequence[Obligation]) -> None:
        """Record the use of the approval that the request presents; the store checks that it still holds."""
        if exchange.grant is None:
            raise GrantUnusableError("this request needs an approved grant")
        if await self.store.use(exchange.grant.id, exchange.id):
            facts = _used(exchange.grant, ()) | {"exchange": exchange.id, "obligations": _rows(due)}
            await self.events.event_durable("approval_used", facts, **_columns(exchange, target))

    async def notice(self, exchange: Exchange, decision: Decision, target: str, due: Sequence[Obligation]) -> None:
        """Record which rules a grant lifted, or the notice that an organisation's own rule requires."""
        grant, lifted = exchange.grant, decision.document.get("overrides", {}).get("break_glass")
        notices = _only(due, *_NOTICES)
        if grant is not None and lifted and any(obligation.type == "post_review" for obligation in due):
            if await self.store.use(grant.id, exchange.id):
                waived = _used(grant, lifted.get("waived", []))
                await self.record("break_glass_used", exchange, decision, target, notices, waived)
                USES.labels(exchange.principal.tenant).inc()
        else:
            await self.record("policy_notice", exchange, decision, target, notices, {})
            NOTICES.labels(exchange.principal.tenant).inc()

    async def oversee(self, exchange: Exchange, decision: Decision, target: str, due: Sequence[Obligation]) -> None:
        """Open an item for a named person to close."""
        await self.record("oversight_required", exchange, decision, target, _only(due, "human_oversight"), {})
        OVERSIGHT.labels(exchange.principal.tenant).inc()

    async def record(
        self, name: str, exchange: Exchange, decision: Decision, target: str, carried_out: Sequence[Obligation],
        details: Mapping[str, Any],
    ) -> None:  # fmt: skip
        """Record and log an event about obligations."""
        facts = {
            "exchange": exchange.id,
            "decision_id": decision.id,
            "key_id": exchange.principal.key_id,
            "obligations": _rows(carried_out),
        }
        await self.events.event_durable(name, {**facts, **details}, **_columns(exchange, target))
        logger().warning(name, exchange=exchange.id, tenant=exchange.principal.tenant, target=target, **details)


Handler = Callable[[GrantObligations, Exchange, Decision, str, Sequence[Obligation]], Awaitable[None]]
#: Types of ``Phase.ALONGSIDE`` -> their handler, in the order of execution. Each type has one.
HANDLERS: Mapping[tuple[str, ...], Handler] = {
    ("require_approval",): GrantObligations.approved,
    _NOTICES: GrantObligations.notice,
    ("human_oversight",): GrantObligations.oversee,
}


def _alongside(decision: Decision, target: str) -> Iterator[Obligation]:
    for verdict in decision.targets:
        if verdict.target == target:
            yield from (each for each in verdict.obligations if obligations.is_for(each, Phase.ALONGSIDE))


def _only(due: Sequence[Obligation], *types: str) -> tuple[Obligation, ...]:
    return tuple(obligation for obligation in due if obligation.type in types)


def _rows(due: Sequence[Obligation]) -> list[dict[str, Any]]:
    return [{"id": each.id, "type": each.type, "params": each.params} for each in due]


def _columns(exchange: Exchange, target: str) -> dict[str, str]:
    principal = exchange.principal
    return {
        "tenant": principal.tenant,
        "activity": exchange.declared.activity,
        "service": principal.service,
        "target": target,
    }


def _used(grant: Grant, waived: Sequence[str]) -> dict[str, Any]:
    return {
        "grant": grant.id,
        "ticket": grant.ticket,
        "approver": grant.approver,
        "expires": _moment(grant.expires),
        "waived": waived,
    }


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
