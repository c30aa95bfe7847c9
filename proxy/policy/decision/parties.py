"""Contracts without parties in an installation of several tenants (ADR 0012), and tenants without a law. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

#: The kinds of contract that a target may have (``Contract`` in ``proxy.catalog.models``).
CONTRACTS = ("dpa", "baa", "dua", "scc", "uk_idta", "tia", "bcr")


class Unnamed(NamedTuple):
    """Places of contracts without parties: those valid for every tenant, and those whose kind requires parties."""

    for_all: tuple[str, ...] = ()
    for_nobody: tuple[str, ...] = ()


def unnamed(data: Mapping[str, Any]) -> Unnamed:
    """Return the contracts without parties in a policy data document."""
    if len(data.get("tenants") or {}) <= 1:
        return Unnamed()
    required = (data.get("config") or {}).get("named_contracts") or ()
    contracts = list(_places(data.get("targets") or {}))
    return Unnamed(
        *(tuple(contract for contract, kind in contracts if (kind in required) is named) for named in (False, True))
    )


def warnings(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield a warning for each contract without parties."""
    contracts = unnamed(data)
    for places, whom in (
        (contracts.for_all, f"all {len(data.get('tenants') or ())} tenants"),
        (contracts.for_nobody, "nobody"),
    ):
        yield from (f"{contract} names no tenants, so it counts for {whom}" for contract in places)


def lawless(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield a warning for each establishment that no regime reaches; none where the data has no law."""
    regimes, scopes = data.get("regimes") or {}, data.get("scopes") or {}
    reached = {code for code, names in scopes.items() if any(regimes[name]["mode"] == "enforce" for name in names)}
    reached |= {*((data.get("config") or {}).get("no_transfer_law") or ())}
    reviews = {review["country"]: review["until"] for review in data.get("reviewed_origins") or ()}
    for name, tenant in sorted((data.get("tenants") or {}).items()) if scopes else ():
        for code in tenant.get("establishments") or ():
            if not {code, code[:2]} & reached:
                yield f"tenants.{name}.establishments: {_unlawed(code, scopes, reviews)}"


def _unlawed(code: str, scopes: Mapping[str, Any], reviews: Mapping[str, str]) -> str:
    if {code, code[:2]} & scopes.keys():
        return f"the law of {code} does not decide yet; its content goes anywhere, on record"
    if until := reviews.get(code[:2]):
        return f"no law of {code} is known; it goes anywhere, on record, until {until} (reviewed_origins), no longer"
    return f"no law of {code} is known or reviewed (reviewed_origins): third parties and targets abroad are denied"


def _places(targets: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for target, entry in sorted(targets.items()):
        for kind in CONTRACTS:
            if isinstance(entry, Mapping) and isinstance(entry.get(kind), Mapping) and "tenants" not in entry[kind]:
                yield f"targets.{target}.{kind}", kind
