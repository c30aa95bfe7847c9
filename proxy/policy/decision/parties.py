"""Contracts that name none of several tenants as party (ADR 0012): what the registry's silence means. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

#: The kinds of contract that a target may have (``Contract`` in ``proxy.catalog.models``).
CONTRACTS = ("dpa", "baa", "dua", "scc", "uk_idta", "tia", "bcr")


class Unnamed(NamedTuple):
    """Places of such contracts: those that count for every tenant, and those whose kind must name its parties."""

    for_all: tuple[str, ...] = ()
    for_nobody: tuple[str, ...] = ()


def unnamed(data: Mapping[str, Any]) -> Unnamed:
    """Return what a policy data document holds of them."""
    if len(data.get("tenants") or {}) <= 1:
        return Unnamed()
    must = (data.get("config") or {}).get("named_contracts") or ()
    found = list(_places(data.get("targets") or {}))
    return Unnamed(*(tuple(place for place, kind in found if (kind in must) is named) for named in (False, True)))


def told(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each."""
    found = unnamed(data)
    for places, whom in (
        (found.for_all, f"all {len(data.get('tenants') or ())} tenants"),
        (found.for_nobody, "nobody"),
    ):
        yield from (f"{place} names no tenants, so it counts for {whom}" for place in places)


def _places(targets: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for target, entry in sorted(targets.items()):
        for kind in CONTRACTS:
            if isinstance(entry, Mapping) and isinstance(entry.get(kind), Mapping) and "tenants" not in entry[kind]:
                yield f"targets.{target}.{kind}", kind
