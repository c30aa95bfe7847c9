"""Evidence, exceptions and reviews that are over or soon will be, and what depends on them. Pure; days are UTC days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proxy.registry import edit

_OVER = frozenset({"expired", "lapsed", "revoked"})


@dataclass(frozen=True, slots=True)
class Expiring:
    """One dated item: ``days`` are left (0: its last day, negative: over), None if it is over by its status.

    ``affected`` names routes, tenants and activities, never people.
    """

    path: str
    ref: str
    expires: str  # ISO date, "" without one
    days: int | None
    affected: tuple[str, ...]

    @property
    def over(self) -> bool:
        """Whether it is no longer valid."""
        return self.days is None or self.days < 0


def expiring(document: Mapping[str, Any], today: dt.date, within_days: int) -> tuple[Expiring, ...]:
    """Return the items that are over or end within these days, earliest first."""
    ending = [
        Expiring(edit.joined(path), str(entry.get("ref") or entry.get("id") or ""), *_left(entry, today), affected)
        for path, entry, affected in _dated(document)
    ]
    near = [item for item in ending if item.days is None or item.days <= within_days]
    return tuple(sorted(near, key=lambda item: (item.days is not None, item.days or 0, item.path)))


def _left(entry: Mapping[str, Any], today: dt.date) -> tuple[str, int | None]:
    if entry.get("status") in _OVER or "expires" not in entry:
        return str(entry.get("expires", "")), None
    ends = dt.datetime.fromisoformat(entry["expires"])
    day = ends.astimezone(dt.UTC).date() if ends.tzinfo is not None else ends.date()
    return day.isoformat(), (day - today).days


def _dated(document: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any], tuple[str, ...]]]:
    registry = document["registry"]
    for name, target in registry.get("targets", {}).items():
        for kind, entry in target.items():
            if isinstance(entry, Mapping) and ("expires" in entry or entry.get("status") in _OVER):
                yield ("registry", "targets", name, kind), entry, _of_target(document, name)
    for name, tenant in registry.get("tenants", {}).items():
        mechanism = tenant.get("cn_mechanism", {})
        if "expires" in mechanism:
            affected = (f"tenant {name}", f"targets {', '.join(mechanism['targets'])}")
            yield ("registry", "tenants", name, "cn_mechanism"), mechanism, affected
    for grant in registry.get("exceptions", ()):
        bound = tuple(f"{kind} {grant[kind]}" for kind in ("tenant", "activity", "target") if kind in grant)
        yield ("registry", "exceptions", grant["id"]), grant, bound or ("everybody",)
    for number, review in enumerate(registry.get("reviewed_origins", ())):
        country = review["country"]
        tenants = registry.get("tenants", {}).items()
        at_home = [
            f"tenant {name}" for name, each in tenants if country in {code[:2] for code in each["establishments"]}
        ]
        dated = {"ref": country, "expires": review["until"]}
        yield ("registry", "reviewed_origins", str(number)), dated, tuple(at_home) or (f"people in {country}",)


def _of_target(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the routes to a target: tenant, model and the number of other targets."""
    routes = []
    for route in document["routes"]:
        members = {*route["targets"], route.get("canary", {}).get("target", "")} - {""}
        if name in members:
            tenant, model = route.get("tenant", "*"), route.get("model", "*")
            who = "every tenant" if tenant == "*" else f"tenant {tenant}"
            what = "every model" if model == "*" else f"model {model}"
            others = len(members) - 1
            routes.append(f"{who}, {what} ({others} other target{'' if others == 1 else 's'})")
    return tuple(routes) or ("no route",)
