"""The targets that could serve a request, in the organisation's order of preference. Policy decides which may."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from urllib.parse import quote

from proxy.core.records import Exchange, Operation, Payload
from proxy.core.targets.canary import CANARY, PRIMARY, Split
from proxy.core.targets.registered import Catalog, Route, Target

_ANY, _MODEL, _SELF_TEST = "*", "{model}", "selftest/"
#: Where clients name their session or end user in a body.
_SESSIONS = (("prompt_cache_key",), ("session_id",), ("metadata", "user_id"), ("safety_identifier",), ("user",))
#: Names of models that Ollama forwards to its cloud.
_IN_A_CLOUD = re.compile(r".*[:-]cloud", re.IGNORECASE | re.DOTALL).fullmatch
#: Names that let AWS choose the region, the model or a stored text: ARNs, and profiles of several regions
#: ("eu.anthropic.claude-...").
_CHOSEN_THERE = re.compile(
    r"arn:.*|(?:[a-z]{2}(?:-[a-z]+)?|apac|global)\.[a-z0-9-]+\..*", re.IGNORECASE | re.DOTALL
).fullmatch


class Candidate(NamedTuple):
    """One target considered for a request, with its rank in order of preference."""

    target: str
    rank: int
    available: bool = True


def ranked(
    catalog: Catalog, exchange: Exchange, payload: Payload, key: bytes
) -> tuple[tuple[Candidate, ...], Split | None]:
    """Return the targets that could serve a request, in order, and its side of the route's split, if it has one.

    One that refers to what a target issued, or is bound to a target, goes there. ``key`` is that of draws.
    """
    tenant, model = exchange.principal.tenant, payload.model
    route = first(catalog, tenant, model, payload.operation.value)
    if route is None:
        return (), None
    only = payload.kept.target if payload.kept is not None else exchange.only
    order: Sequence[str] = route.targets
    side: Split | None = None
    if only:
        order = (only,) if only in {*route.members, route.mirror.target} else ()
    elif route.weights or route.canary.target:
        drawn = seed(exchange, payload, key)
        order, side = ordered(route, drawn, tenant), split(route, tenant, drawn)
    candidates = served(catalog, order, model)
    references = payload.incoming.references
    if not references:
        return candidates, side
    issuers = {handle.target for handle in references.values()}
    return tuple(candidate for candidate in candidates if issuers == {candidate.target}), None


def first(catalog: Catalog, tenant: str, model: str, operation: str) -> Route | None:
    """Return the first route that covers a request: it applies alone."""
    for route in catalog.routes:
        if matches(route, tenant, model, operation):
            return route
    return None


def served(catalog: Catalog, names: Sequence[str], model: str) -> tuple[Candidate, ...]:
    """Return those of some targets that serve a model, ranked in their order."""
    of_model = [name for name in names if own_name(catalog.targets[name], model) is not None]
    return tuple([Candidate(name, rank) for rank, name in enumerate(of_model)])


def seed(exchange: Exchange, payload: Payload, key: bytes) -> bytes:
    """Return the seed of a request's draws: that of its conversation, else of its session or the person it is about.

    Equal in every process with the same key, and no trace of what it was made of. A request of which nothing is known
    is drawn alone.
    """
    declared, tenant = exchange.declared, exchange.principal.tenant
    named = declared.conversation or _session(payload) or "\0".join(declared.subject_refs) or exchange.id
    return hmac.digest(key, f"{tenant}\0{named}".encode("utf-8", "surrogatepass"), "sha256")


def _session(payload: Payload) -> str:
    """Return what clients name their session or end user by, "" for nothing."""
    for path in _SESSIONS:
        node: Any = payload.document
        for name in path:
            node = node.get(name) if isinstance(node, Mapping) else None
        if isinstance(node, str) and node:
            return node
    return ""


def split(route: Route, tenant: str, seed: bytes) -> Split | None:
    """Return a request's side of the split of its route, None where it has no canary."""
    canary = route.canary
    others = [name for name in _weighted(route, seed) if name != canary.target]
    if not canary.target or not others:
        return None
    arm = CANARY if canary.takes(tenant, _unit(seed, canary.target)) else PRIMARY
    drawn = 0 < canary.share < 1 and tenant not in canary.tenants
    return Split(arm, canary.target, others[0], drawn)


def mirror(catalog: Catalog, exchange: Exchange, payload: Payload, key: bytes) -> str:
    """Return the target for a copy of a request, "" for none; a conversation is copied as a whole."""
    route = first(catalog, exchange.principal.tenant, payload.model, payload.operation.value)
    if route is None or not route.mirror.target:
        return ""
    copy = route.mirror
    return copy.target if _unit(seed(exchange, payload, key) + b"mirror", copy.target) <= copy.share else ""


def ordered(route: Route, seed: bytes, tenant: str = "") -> tuple[str, ...]:
    """Return a route's targets for a request: the canary where it is drawn, then the others.

    A larger share of a canary moves conversations to it, and none away.
    """
    order, canary = _weighted(route, seed), route.canary
    if not canary.target or not canary.takes(tenant, _unit(seed, canary.target)):
        return order
    return (canary.target, *(name for name in order if name != canary.target))


def _weighted(route: Route, seed: bytes) -> tuple[str, ...]:
    """Return a route's targets: the weighted ones in a drawn order, then the others in the route's order.

    Weighted sampling without replacement (Efraimidis and Spirakis, 2006) over a digest of the seed and the target's
    name. A change of weights therefore moves only as many seeds as necessary.
    """
    if not route.weights:
        return route.targets
    drawn = [name for name in route.targets if route.weights.get(name)]
    drawn.sort(key=lambda name: -math.log(_unit(seed, name)) / route.weights[name])
    return (*drawn, *(name for name in route.targets if not route.weights.get(name)))


def _unit(seed: bytes, name: str) -> float:
    """Return a pseudorandom number in (0, 1]."""
    digest = hashlib.sha256(seed + f"\0{name}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") + 1) / 2**64


def matches(route: Route, tenant: str, model: str, operation: str) -> bool:
    """Whether a route covers this tenant, model and operation."""
    return (
        route.tenant in {_ANY, tenant}
        and route.operation in {_ANY, operation}
        and (route.model == model or (route.model.endswith(_ANY) and model.startswith(route.model[:-1])))
    )


def own_name(target: Target, model: str) -> str | None:
    """Return the target's name of the requested model, None if the target does not serve it.

    Only the catalog can name a model that self-hosted software would forward to a cloud, or by whose name the provider
    chooses the region or the model.
    """
    models = target.models
    key = model if model in models else _ANY
    name = models.get(key)
    if name != _ANY:
        return name
    forwarded = target.self_hosted and _IN_A_CLOUD(model)
    return None if forwarded or _CHOSEN_THERE(model) else model


def addressed(target: Target, model: str) -> Target:
    """Return the target with its name of the model filled into its address, if that has a placeholder for it."""
    if _MODEL not in target.base_url:
        return target
    return replace(target, base_url=target.base_url.replace(_MODEL, quote(model, safe="")))


def serves(catalog: Catalog, tenant: str, model: str) -> bool:
    """Whether some route of a tenant leads to a target that serves this model, for any operation."""
    routed = (name for r in catalog.routes if matches(r, tenant, model, r.operation) for name in r.targets)
    return any(own_name(catalog.targets[name], model) is not None for name in routed)


def registered(catalog: Catalog) -> frozenset[str]:
    """Return the models that routes and targets name: what is safe to show, unlike what a request asks for."""
    named = {route.model for route in catalog.routes}
    return frozenset(named.union(*(target.models for target in catalog.targets.values())) - {_ANY})


def unreachable(catalog: Catalog) -> tuple[str, ...]:
    """Return the targets of routes that serve nobody, since none of their targets has an address.

    Those of the self-test have one where it is set up, and nobody else asks for them.
    """
    served = {name for name, target in catalog.targets.items() if target.base_url}
    named = dict.fromkeys(
        name for route in catalog.routes if served.isdisjoint(route.targets) for name in route.targets
    )
    return tuple(name for name in named if not name.startswith(_SELF_TEST))


def reachable(catalog: Catalog, tenant: str) -> list[Target]:
    """Return the targets that have an address and stand in some route of a tenant."""
    named = {name: None for route in catalog.routes if route.tenant in {_ANY, tenant} for name in route.members}
    return [target for name in named if (target := catalog.targets[name]).base_url]


def models(catalog: Catalog, tenant: str) -> tuple[str, ...]:
    """Return the model names available to a tenant, as far as routes and targets name them."""
    names: set[str] = set()
    for route in catalog.routes:
        if route.tenant not in {_ANY, tenant} or route.operation == Operation.TOOL_CALL:
            continue  # another tenant's, or the name of a tool server
        if not route.model.endswith(_ANY):
            names.add(route.model)
            continue
        offered = {name for target in route.members for name in catalog.targets[target].models if name != _ANY}
        names.update(name for name in offered if name.startswith(route.model[:-1]))
    return tuple(sorted(names))


@dataclass(frozen=True, slots=True)
class Sender:
    """A tenant, the kinds of input in its request, and its dialect."""

    tenant: str = ""
    inputs: frozenset[str] = frozenset()  # kinds of input besides text: image, audio, file ...
    dialect: str = ""
    credential: str = field(default="", repr=False, compare=False)  # the caller's own; "" for none
    accounts: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)  # header -> account


NOBODY = Sender()


def sender_of(exchange: Exchange, payload: Payload) -> Sender:
    """Return the sender of this payload."""
    kinds = {part.media.partition("/")[0] for part in payload.opaque}
    if payload.documents:
        kinds.add("file")
    declared = exchange.declared
    return Sender(
        exchange.principal.tenant,
        frozenset(kinds),
        exchange.dialect,
        declared.target_credential,
        declared.target_accounts,
    )
