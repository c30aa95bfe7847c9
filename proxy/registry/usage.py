"""What is taken of each limit and budget that the registry has now, and of how much. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from proxy.catalog.limits import BudgetEntry, LimitEntry, compiled
from proxy.core.limits import COST, MICRO, Limit
from proxy.registry.store import CounterState


def standing(counters: Iterable[CounterState], documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return counters of limits that there are, the fullest first: with ``most``, ``share``, ``soft`` and ``hard``.

    Costs are in the currency of the prices; of a limit that was removed since nothing is returned.
    """
    registry = documents.get("registry", {})
    limits = {(limit.id, limit.unit): limit for limit in _limits(registry)}
    currency = str(registry.get("prices", {}).get("currency", ""))
    rows = [
        _row(counter, limits[counter.limit, counter.unit], currency)
        for counter in counters if (counter.limit, counter.unit) in limits
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["share"], row["limit"], row["names"]))


def _limits(registry: Mapping[str, Any]) -> Iterable[Limit]:
    entries = (LimitEntry.model_validate(entry) for entry in registry.get("limits", ()))
    budgets = (BudgetEntry.model_validate(entry) for entry in registry.get("budgets", ()))
    return compiled(entries, budgets)


def _row(counter: CounterState, limit: Limit, currency: str) -> dict[str, Any]:
    whole = limit.unit == COST
    amounts = {"taken": counter.taken, "most": limit.most, "soft": limit.soft or None}
    shown = {name: amount / MICRO if whole and amount is not None else amount for name, amount in amounts.items()}
    share = round(counter.taken / limit.most, 4)
    more = {"by": limit.by, "per": limit.per, "hard": limit.hard, "share": share, "currency": currency if whole else ""}
    return {**asdict(counter), **shown, **more}
