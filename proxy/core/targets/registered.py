"""Targets, routes to them, and the catalog that holds both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.core.limits import Limit
from proxy.core.targets.access import DIRECT, Access
from proxy.core.targets.attempts import USUAL, StreamLimits
from proxy.core.targets.canary import NO_CANARY, NO_MIRROR, Canary, Mirror
from proxy.core.targets.capabilities import OFFERED_BY, Capabilities
from proxy.core.targets.regions import NOTHING_EXPECTED, ExpectedOrigin
from proxy.core.usage import PriceList


@dataclass(frozen=True, slots=True)
class Target:
    """One reachable deployment: address, region, models and accepted content."""

    id: str
    base_url: str
    region: str
    self_hosted: bool = False  # run by the organisation itself; otherwise by a third-party provider
    models: Mapping[str, str] = field(default_factory=dict)  # requested model -> the target's own name; "*" = any
    timeout_s: float = 600.0
    stream: StreamLimits = USUAL
    accepts: Capabilities = field(default_factory=Capabilities)
    access: Access = DIRECT
    expected: ExpectedOrigin = NOTHING_EXPECTED


@dataclass(frozen=True, slots=True)
class Route:
    """The targets that serve a model for a tenant, in order of preference."""

    tenant: str  # "*" = any
    model: str  # a name or a prefix ending in "*"
    operation: str  # "*" = any
    targets: tuple[str, ...]
    weights: Mapping[str, int] = field(default_factory=dict)  # target -> weight of the draw for the first place
    mirror: Mirror = NO_MIRROR
    canary: Canary = NO_CANARY

    @property
    def members(self) -> tuple[str, ...]:
        """The targets that may serve its requests."""
        new = self.canary.target
        return self.targets if new in {"", *self.targets} else (*self.targets, new)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Targets, routes, tenants and activities, compiled and frozen; a reload swaps the whole object."""

    revision: str
    targets: Mapping[str, Target]
    routes: tuple[Route, ...]
    tenants: Mapping[str, Mapping[str, Any]]
    activities: Mapping[str, Mapping[str, Any]]
    entity_kinds: Mapping[str, str]  # entity type -> kind (direct, quasi, govid, fin, pan, sad, secret, attr)
    entity_categories: Mapping[str, tuple[str, ...]]  # entity type -> categories of the contract
    data_document: Mapping[str, Any]  # the policy data document of the same revision
    change_dates: tuple[str, ...] = ()  # ISO dates at whose midnight some evidence begins or ends
    prices: PriceList | None = None  # of what targets charge
    limits: tuple[Limit, ...] = ()  # of what callers use
    registry_revision: str = ""  # of registry, endpoints and routes together

    @property
    def features(self) -> frozenset[str]:
        """The features that requests can have, because some target takes them or may leave them out."""
        taken = (target.accepts.features | target.accepts.droppable for target in self.targets.values())
        return frozenset(OFFERED_BY).union(*taken)
