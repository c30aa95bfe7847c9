"""The registry's sections ``limits`` and ``budgets``: what callers may use in a window, and cost by the month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, model_validator

from proxy.catalog.law import Strict
from proxy.core.limits import COST, MICRO, MONTH, REQUESTS, TOKENS, Limit

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Amount = Annotated[int, Field(ge=1, le=10**12)]
_Entry = TypeVar("_Entry", "LimitEntry", "BudgetEntry")
Names = Annotated[list[str], Field(min_length=1)]


class LimitEntry(Strict):
    """A limit, for the callers that it names (for all, where it names none), counted apart for each name in ``by``."""

    id: Name
    by: Annotated[list[Literal["key", "service", "tenant", "model"]], Field(min_length=1)]
    per: Literal["minute", "hour", "day"]
    requests: Amount | None = None
    tokens: Amount | None = None
    keys: Names | None = None
    services: Names | None = None
    tenants: Names | None = None
    models: Names | None = None  # "gpt-*": all that begin with "gpt-"
    database_away: Literal["refuse", "admit"] = "refuse"  # once what was leased is used

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.requests is None and self.tokens is None:
            raise ValueError(f"limit '{self.id}' limits nothing: give it requests, tokens or both")
        return self


class BudgetEntry(Strict):
    """What callers may cost by the month (UTC), in the currency of the prices: from ``soft`` on they are told."""

    id: Name
    by: Annotated[list[Literal["tenant", "service", "activity"]], Field(min_length=1)]
    month: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False, strict=False)]
    soft: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False, strict=False)] = 0.8  # a share of it
    hard: bool = True  # what is beyond it is refused
    tenants: Names | None = None
    services: Names | None = None
    activities: Names | None = None
    database_away: Literal["refuse", "admit"] = "refuse"


def only(entry: Strict, kinds: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the names that an entry is for, by their kind."""
    named = {kind: getattr(entry, "activities" if kind == "activity" else f"{kind}s") for kind in kinds}
    return {kind: tuple(names) for kind, names in named.items() if names is not None}


def unique(entries: Iterable[_Entry]) -> list[_Entry]:
    """Return the entries.

    Raises:
        ValueError: two have the same id.

    """
    checked = list(entries)
    ids = [entry.id for entry in checked]
    if repeated := sorted({name for name in ids if ids.count(name) > 1}):
        raise ValueError(f"the id '{repeated[0]}' is repeated")
    return checked


def compiled(entries: Iterable[LimitEntry], budgets: Iterable[BudgetEntry] = ()) -> Iterator[Limit]:
    """Yield the limits, one for each unit, then the budgets."""
    for entry in entries:
        names = only(entry, ("key", "service", "tenant", "model"))
        for unit, most in ((REQUESTS, entry.requests), (TOKENS, entry.tokens)):
            if most is not None:
                admits = entry.database_away == "admit"
                yield Limit(entry.id, unit, most, entry.per, tuple(entry.by), names, admits)
    for budget in budgets:
        most = max(1, round(budget.month * MICRO))
        names, admits = only(budget, ("tenant", "service", "activity")), budget.database_away == "admit"
        yield Limit(
            budget.id,
            COST,
            most,
            MONTH,
            tuple(budget.by),
            names,
            admits,
            hard=budget.hard,
            soft=round(budget.soft * most),
        )
