"""Which targets would serve a request, in the organisation's order of preference. Policy decides which may."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

from proxy.core.records import Operation
from proxy.core.targets.registered import Catalog, Route, Target

_ANY, _MODEL = "*", "{model}"
#: Names of models that Ollama does not run itself.
_IN_A_CLOUD = re.compile(r".*[:-]cloud", re.IGNORECASE | re.DOTALL).fullmatch
#: Names by which AWS chooses where a request is processed, by which model, or with whose stored text: ARNs, and
#: profiles of several regions ("eu.anthropic.claude-...").
_CHOSEN_THERE = re.compile(
    r"arn:.*|(?:[a-z]{2}(?:-[a-z]+)?|apac|global)\.[a-z0-9-]+\..*", re.IGNORECASE | re.DOTALL
).fullmatch


@dataclass(frozen=True, slots=True)
class Candidate:
    """One target that routing would consider, in preference order."""

    target: str
    rank: int
    available: bool = True


def candidates(
    catalog: Catalog, tenant: str, model: str, operation: str, available: Callable[[str], bool], seed: str = ""
) -> tuple[Candidate, ...]:
    """Return the candidates of the first route that matches; none when no route serves the model.

    ``seed`` draws the order where the route has weights: equal seeds, equal order.
    """
    for route in catalog.routes:
        if matches(route, tenant, model, operation):
            order = ordered(route, seed)
            served = [name for name in order if own_name(catalog.targets[name], model) is not None]
            return tuple(Candidate(name, rank, available(name)) for rank, name in enumerate(served))
    return ()


def alone(
    catalog: Catalog, tenant: str, model: str, operation: str, available: Callable[[str], bool], target: str
) -> tuple[Candidate, ...]:
    """Return one target as the only candidate, where it is the route's or its mirror and serves the model."""
    for route in catalog.routes:
        if matches(route, tenant, model, operation):
            known = target in {*route.targets, route.mirror.target}
            served = known and own_name(catalog.targets[target], model) is not None
            return (Candidate(target, 0, available(target)),) if served else ()
    return ()


def mirror(catalog: Catalog, tenant: str, model: str, operation: str, seed: str) -> str:
    """Return the target that gets a copy of a request, "" for none; equal seeds, equal answer."""
    for route in catalog.routes:
        if matches(route, tenant, model, operation):
            found = route.mirror
            return found.target if found.target and _unit(f"{seed}\0mirror", found.target) <= found.share else ""
    return ""


def ordered(route: Route, seed: str) -> tuple[str, ...]:
    """Return a route's targets: those with a weight as they are drawn, then the others in the route's order.

    Each place is drawn by weight among those that are left (Efraimidis and Spirakis, 2006), from a digest of the seed
    and the target's name. A change of weights therefore moves only as many seeds as it has to.
    """
    drawn = [name for name in route.targets if route.weights.get(name)]
    drawn.sort(key=lambda name: -math.log(_unit(seed, name)) / route.weights[name])
    return (*drawn, *(name for name in route.targets if not route.weights.get(name)))


def _unit(seed: str, name: str) -> float:
    """Return a number above 0 and not above 1."""
    digest = hashlib.sha256(f"{seed}\0{name}".encode("utf-8", "surrogatepass")).digest()
    return (int.from_bytes(digest[:8], "big") + 1) / 2**64


def matches(route: Route, tenant: str, model: str, operation: str) -> bool:
    """Say whether a route covers this tenant, model and operation."""
    return (
        route.tenant in {_ANY, tenant}
        and route.operation in {_ANY, operation}
        and (route.model == model or (route.model.endswith(_ANY) and model.startswith(route.model[:-1])))
    )


def own_name(target: Target, model: str) -> str | None:
    """Return what the target calls the requested model, or None when it does not serve it.

    A target of one's own never serves what its software would hand on to a cloud, unless the catalog names it; nor
    does any target serve a name by which its provider chooses the region or the model.
    """
    name = target.models.get(model, target.models.get(_ANY))
    if name != _ANY:
        return name
    handed_on = target.self_hosted and _IN_A_CLOUD(model)
    return None if handed_on or _CHOSEN_THERE(model) else model


def addressed(target: Target, model: str) -> Target:
    """Return the target with its own name of the model in its address, where that has a place for one."""
    if _MODEL not in target.base_url:
        return target
    return replace(target, base_url=target.base_url.replace(_MODEL, quote(model, safe="")))


def serves(catalog: Catalog, tenant: str, model: str) -> bool:
    """Whether some route of a tenant leads to a target that takes a model of this name, for whatever operation."""
    led = (name for route in catalog.routes if matches(route, tenant, model, route.operation) for name in route.targets)
    return any(own_name(catalog.targets[name], model) is not None for name in led)


def models(catalog: Catalog, tenant: str) -> tuple[str, ...]:
    """Return the model names a tenant may ask for, as far as routes and targets name them."""
    names: set[str] = set()
    for route in catalog.routes:
        if route.tenant not in {_ANY, tenant} or route.operation == Operation.TOOL_CALL:
            continue  # somebody else's, or the name of a server of tools
        if not route.model.endswith(_ANY):
            names.add(route.model)
            continue
        offered = {name for target in route.targets for name in catalog.targets[target].models if name != _ANY}
        names.update(name for name in offered if name.startswith(route.model[:-1]))
    return tuple(sorted(names))
