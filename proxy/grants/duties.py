"""Carries out ``notify`` and ``post_review``: an event, a warning and a metric at once; a use that awaits its review.

Everything is durable before the request leaves. Where a break-glass grant lifted a rule, its use is noted with the
grant, which stays open until somebody reviews it; otherwise (an organisation's own rule) the event is the notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from prometheus_client import Counter

from proxy.core.records import DUTIES, Decision, Exchange, Grant, Obligation
from proxy.grants.store import GrantStore
from proxy.log import logger

USES = Counter("proxy_break_glass_uses", "Exchanges for which a break-glass grant lifted a rule.", ["tenant"])
NOTICES = Counter("proxy_policy_notices", "Exchanges of which policy obliged to notify or to review.", ["tenant"])


class Events(Protocol):
    """The audit log, for what is no exchange."""

    async def event_durable(self, name: str, facts: Mapping[str, Any], **columns: Any) -> None:
        """Record an event and return when it is durable."""
        ...


@dataclass(frozen=True, slots=True)
class GrantDuties:
    """Implements ``ports.Duties``."""

    store: GrantStore
    events: Events

    async def carry_out(self, exchange: Exchange, decision: Decision, target: str) -> None:
        """Tell of the request, and note the use of the grant, once per exchange.

        Raises:
            GrantUnusableError: the grant that lifted a rule has ended or was revoked meanwhile.
            GrantsUnavailableError, AuditUnavailableError: not durable, so nothing may be sent.

        """
        grant, lifted = exchange.grant, decision.document.get("overrides", {}).get("break_glass")
        opened = any(one.type == "post_review" for one in _duties(decision, target))
        if grant is not None and lifted and opened:
            if await self.store.use(grant.id, exchange.id):
                await self._tell("break_glass_used", exchange, decision, target, _used(grant, lifted.get("waived", [])))
                USES.labels(exchange.principal.tenant).inc()
        else:
            await self._tell("policy_notice", exchange, decision, target, {})
            NOTICES.labels(exchange.principal.tenant).inc()

    async def _tell(
        self, name: str, exchange: Exchange, decision: Decision, target: str, more: Mapping[str, Any]
    ) -> None:
        principal = exchange.principal
        facts = {
            "exchange": exchange.id,
            "decision_id": decision.id,
            "key_id": principal.key_id,
            "obligations": [
                {"id": one.id, "type": one.type, "params": one.params} for one in _duties(decision, target)
            ],
        }
        await self.events.event_durable(
            name,
            {**facts, **more},
            tenant=principal.tenant,
            activity=exchange.declared.activity,
            service=principal.service,
            target=target,
        )
        logger().warning(name, exchange=exchange.id, tenant=principal.tenant, target=target, **more)


def _duties(decision: Decision, target: str) -> Iterator[Obligation]:
    for verdict in decision.targets:
        if verdict.target == target:
            yield from (one for one in verdict.obligations if one.type in DUTIES)


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
