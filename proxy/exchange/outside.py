"""All that the request path needs from outside, and its limits: one object for each of its parts.

Requests in flight whose texts were not read in time are limited: policy pins them to self-hosted targets, which
overload must not take down too.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from proxy.core.deidentification.installed import Make
from proxy.core.wire import Incoming
from proxy.errors import OverloadedError
from proxy.exchange.caching import ReplyCache
from proxy.exchange.mirroring import Mirrors
from proxy.ports import (
    Allowances,
    AuditLog,
    BulkCounter,
    Clock,
    Detector,
    DocumentReader,
    ObligationHandler,
    PolicyDecisionPoint,
    Upstreams,
    Vault,
)


class Overload:
    """Counts them per tenant and in all; one tenant gets half of the places."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._tenants: Counter[str] = Counter()

    @contextmanager
    def slot(self, tenant: str) -> Iterator[None]:
        """Take a place for the duration of such a request.

        Raises:
            OverloadedError: none is free.

        """
        share = max(1, self._places // 2)
        if self._tenants.total() >= self._places or self._tenants[tenant] >= share:
            raise OverloadedError
        self._tenants[tenant] += 1
        try:
            yield
        finally:
            self._tenants[tenant] -= 1
            if not self._tenants[tenant]:
                del self._tenants[tenant]


#: Requests whose texts went unread that may be in flight.
_PLACES = 8


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of the pipeline, and its limits."""

    detector: Detector
    pdp: PolicyDecisionPoint
    vault: Vault
    upstreams: Upstreams
    audit: AuditLog
    clock: Clock
    obligations: ObligationHandler | None = None  # without it permits with obligations of its phase are denied
    bulk: BulkCounter | None = None  # without it counts are unknown, and targets under 28 CFR 202 are denied
    documents: DocumentReader | None = None  # without it files stay opaque
    inspection_s: float = 10.0  # decoding, files, detection, decision and transform together
    overload: Overload = field(default_factory=lambda: Overload(_PLACES))
    quarantined: Callable[[], frozenset[str]] = frozenset  # targets that answered from an undeclared place
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    mirrors: Mirrors | None = None  # without it nothing is mirrored
    batch_inspection_s: float = 120.0  # replaces ``inspection_s`` for a body that holds many requests
    allowances: Allowances | None = None  # without it nothing is limited
    cache: ReplyCache | None = None  # without it every request goes to a target
    operators: Mapping[str, Make] = field(default_factory=dict)  # the deployment's own, by name

    @property
    def carries_out(self) -> bool:
        """Whether obligations alongside a request are carried out here."""
        return self.obligations is not None

    def seconds(self, incoming: Incoming) -> float:
        """Return the time for a request until it leaves, and for its whole reply once it is there."""
        return self.batch_inspection_s if incoming.batch else self.inspection_s
