"""Carries out the obligations of a permit beside the request: an event, an item that somebody must close, an approval.

Everything is durable before the request leaves. Where a break-glass grant lifted a rule, its use is noted with the
grant, which stays open until somebody reviews it; otherwise (an organisation's own rule) the event is the notice, and
what has to be reviewed or overseen stays on the list of ``proxy.audit.oversight`` until a person closes it by name.
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
OVERSIGHT = Counter("proxy_oversight_required", "Exchanges that somebody has to oversee.", ["tenant"])
NOTICES = Counter("proxy_policy_notices", "Exchanges of which policy obliged to notify or to review.", ["tenant"])


_NOTICES = ("notify", "post_review")


@dataclass(frozen=True, slots=True)
class GrantDuties:
    """Implements ``ports.Duties``."""

    store: GrantStore
    events: EventLog

    async def carry_out(self, exchange: Exchange, decision: Decision, target: str) -> None:
        """Tell of the request, and note the use of the grant, once per exchange.

        Raises:
            GrantUnusableError: the grant that lifted a rule has ended or was revoked meanwhile.
            GrantsUnavailableError, AuditUnavailableError: not durable, so nothing may be sent.

        """
        due = tuple(_duties(decision, target))
        types = {one.type for one in due}
        for handled, carry_out in HANDLERS.items():
            if not types.isdisjoint(handled):
                await carry_out(self, exchange, decision, target, due)

    async def approved(self, exchange: Exchange, _decision: Decision, target: str, due: Sequence[Obligation]) -> None:
        """Note the use of the approval that the request presents; what stands behind it is checked there again."""
        if exchange.grant is None:
            raise GrantUnusableError("this request needs an approved grant")
        if await self.store.use(exchange.grant.id, exchange.id):
            facts = _used(exchange.grant, ()) | {"exchange": exchange.id, "obligations": _said(due)}
            await self.events.event_durable("approval_used", facts, **_columns(exchange, target))

    async def notice(self, exchange: Exchange, decision: Decision, target: str, due: Sequence[Obligation]) -> None:
        """Note what a grant lifted, or tell what an organisation's own rule obliges to tell."""
        grant, lifted = exchange.grant, decision.document.get("overrides", {}).get("break_glass")
        told = _only(due, *_NOTICES)
        if grant is not None and lifted and any(one.type == "post_review" for one in due):
            if await self.store.use(grant.id, exchange.id):
                waived = _used(grant, lifted.get("waived", []))
                await self.tell("break_glass_used", exchange, decision, target, told, waived)
                USES.labels(exchange.principal.tenant).inc()
        else:
            await self.tell("policy_notice", exchange, decision, target, told, {})
            NOTICES.labels(exchange.principal.tenant).inc()

    async def oversee(self, exchange: Exchange, decision: Decision, target: str, due: Sequence[Obligation]) -> None:
        """Open an item that a person closes by name."""
        await self.tell("oversight_required", exchange, decision, target, _only(due, "human_oversight"), {})
        OVERSIGHT.labels(exchange.principal.tenant).inc()

    async def tell(
        self, name: str, exchange: Exchange, decision: Decision, target: str, told: Sequence[Obligation],
        more: Mapping[str, Any],
    ) -> None:  # fmt: skip
        """Record an event of obligations and log that it happened."""
        facts = {
            "exchange": exchange.id,
            "decision_id": decision.id,
            "key_id": exchange.principal.key_id,
            "obligations": _said(told),
        }
        await self.events.event_durable(name, {**facts, **more}, **_columns(exchange, target))
        logger().warning(name, exchange=exchange.id, tenant=exchange.principal.tenant, target=target, **more)


Handler = Callable[[GrantDuties, Exchange, Decision, str, Sequence[Obligation]], Awaitable[None]]
#: Types that are carried out beside the request -> how, in this order. Every type of ``Phase.BESIDE`` has a handler.
HANDLERS: Mapping[tuple[str, ...], Handler] = {
    ("require_approval",): GrantDuties.approved,
    _NOTICES: GrantDuties.notice,
    ("human_oversight",): GrantDuties.oversee,
}


def _duties(decision: Decision, target: str) -> Iterator[Obligation]:
    for verdict in decision.targets:
        if verdict.target == target:
            yield from (one for one in verdict.obligations if obligations.is_for(one, Phase.BESIDE))


def _only(due: Sequence[Obligation], *types: str) -> tuple[Obligation, ...]:
    return tuple(one for one in due if one.type in types)


def _said(due: Sequence[Obligation]) -> list[dict[str, Any]]:
    return [{"id": one.id, "type": one.type, "params": one.params} for one in due]


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
