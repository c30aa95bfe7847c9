"""Moves a route from one target to another: begins a canary, promotes it, returns. Pure edits of a registry document.

A promotion keeps the split that it ends as the route's ``former``, so that a return restores exactly that, whatever
else was changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.core.targets.canary import Move
from proxy.errors import ConfigurationError

#: Members of a route that make up its split.
_SPLIT = ("targets", "weights", "canary")
_CANARY, _FORMER = "canary", "former"


def names(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the name of each route: its id, else its number."""
    for number, route in enumerate(document.get("routes", ())):
        yield str(route.get("id", number))


def canary(
    document: Mapping[str, Any], name: str, target: str = "", percent: float | None = None, tenants: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the document with a canary on a route; what is left out stays as the canary has it.

    Raises:
        ConfigurationError: there is no such route, or a target is missing.

    """
    number, route = _route(document, name)
    before = route.get(_CANARY, {})
    if not (target or before):
        raise ConfigurationError(f"route {name} has no canary: name its target")
    if target and before and target != before["target"]:
        raise ConfigurationError(f"route {name} has the canary {before['target']}: promote it or return first")
    after = {"target": target or before["target"], "percent": before.get("percent", 0) if percent is None else percent}
    if named := [*tenants] or before.get("tenants"):
        after["tenants"] = named
    return _with(document, number, {**route, _CANARY: after})


def move(document: Mapping[str, Any], name: str) -> Move:
    """Return what a promotion would move.

    Raises:
        ConfigurationError: there is no such route, or it has no canary.

    """
    _, route = _route(document, name)
    if _CANARY not in route:
        raise ConfigurationError(f"route {name} has no canary to promote: compliance-proxy routes canary {name} TARGET")
    new = route[_CANARY]["target"]
    weights = route.get("weights", {})
    order = sorted(route["targets"], key=lambda each: -weights.get(each, 0))
    old = next((each for each in order if each != new), new)
    return Move(old, new, *(route.get(name, "*").removeprefix("*") for name in ("tenant", "operation", "model")))


def promoted(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the document with a route's canary as the first of its targets, and the split that this ends.

    Raises:
        as ``move``.

    """
    number, route = _route(document, name)
    new = move(document, name).new
    former = {member: route[member] for member in _SPLIT if member in route}
    rest = {member: value for member, value in route.items() if member not in {*_SPLIT, _FORMER}}
    targets = [new, *(each for each in route["targets"] if each != new)]
    return _with(document, number, {**rest, "targets": targets, _FORMER: former})


def returned(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the document with a route's last step taken back: without its canary, else with its former split.

    Raises:
        ConfigurationError: there is no such route, or nothing to take back.

    """
    number, route = _route(document, name)
    if _CANARY in route:
        return _with(document, number, {member: value for member, value in route.items() if member != _CANARY})
    if _FORMER not in route:
        raise ConfigurationError(f"route {name} has neither a canary nor a former split: there is nothing to return to")
    rest = {member: value for member, value in route.items() if member not in {*_SPLIT, _FORMER}}
    return _with(document, number, {**rest, **route[_FORMER]})


def entry(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a route by its name.

    Raises:
        ConfigurationError: there is no such route.

    """
    return _route(document, name)[1]


def compares(route: Mapping[str, Any], new: str, model: str) -> bool:
    """Whether a comparison of a new target for a model is one of a route's canary, also a promoted one, or mirror."""
    named = (route.get(_CANARY), route.get(_FORMER, {}).get(_CANARY), route.get("mirror"))
    asked = route.get("model", "*")
    is_asked = model.startswith(asked[:-1]) if asked.endswith("*") else model == asked
    return is_asked and new in {each["target"] for each in named if each}


def _route(document: Mapping[str, Any], name: str) -> tuple[int, Mapping[str, Any]]:
    """Return a route by its id, its number, or its model if no other route has that."""
    routes = document.get("routes", ())
    for number, each in enumerate(names(document)):
        if name in {each, str(number)}:
            return number, routes[number]
    of_model = [number for number, route in enumerate(routes) if route.get("model", "*") == name]
    if len(of_model) == 1:
        return of_model[0], routes[of_model[0]]
    if of_model:
        raise ConfigurationError(f"several routes are for {name}: name one of {', '.join(map(str, of_model))}")
    raise ConfigurationError(f"there is no route {name}; there are {', '.join(names(document)) or 'none'}")


def _with(document: Mapping[str, Any], number: int, route: Mapping[str, Any]) -> dict[str, Any]:
    routes = list(document["routes"])
    routes[number] = dict(route)
    return {**document, "routes": routes}
