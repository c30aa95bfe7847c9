"""The registry's section ``prices``: what targets charge, from which day on, and what servers of one's own cost."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from proxy.catalog.law import Strict
from proxy.catalog.vocabulary import IsoDate
from proxy.core.usage import Price, PriceList

Money = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False, strict=False)]
#: Member -> the count that it prices, and millionths of the currency per unit of both.
_RATES = {
    "input": ("input", 1.0), "cached": ("cached", 1.0), "written": ("written", 1.0), "output": ("output", 1.0),
    "image": ("images", 1e6), "page": ("pages", 1e6), "search": ("searches", 1e6), "minute": ("seconds", 1e6 / 60),
}  # fmt: skip


class ModelPrice(Strict):
    """What a target charges for a model: per million tokens, per piece, per minute of sound."""

    target: str
    model: str = "*"  # the target's own name; "gpt-*": all that begin with "gpt-"
    since: IsoDate
    input: Money | None = None
    cached: Money | None = None  # input read from the target's cache; as input where it is left out
    written: Money | None = None  # input written to it; likewise
    output: Money | None = None
    image: Money | None = None
    page: Money | None = None
    search: Money | None = None
    minute: Money | None = None


class ServerCost(Strict):
    """What servers of one's own cost by the month, whatever they do: all of these targets together."""

    targets: Annotated[list[str], Field(min_length=1)]
    since: IsoDate
    until: IsoDate | None = None
    month: Money

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError(f"until {self.until} is before since {self.since}")
        return self


class PricesEntry(Strict):
    """All prices, in one currency."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    models: list[ModelPrice] = Field(default_factory=list)
    servers: list[ServerCost] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_each_price_once(self) -> Self:
        for price, times in Counter((each.target, each.model, each.since) for each in self.models).items():
            if times > 1:
                raise ValueError("target {}, model {}, since {}: the price is repeated".format(*price))
        return self


def compiled(entry: PricesEntry | None) -> PriceList | None:
    """Return the list of prices, None if the registry has none."""
    if entry is None:
        return None
    return PriceList(entry.currency, tuple(map(_price, entry.models)))


def _price(entry: ModelPrice) -> Price:
    named = {name: getattr(entry, name) for name in _RATES}
    rates = {
        _RATES[name][0]: round(amount * _RATES[name][1], 6) for name, amount in named.items() if amount is not None
    }
    since = datetime.fromisoformat(entry.since[:10]).replace(tzinfo=UTC)
    return Price(entry.target, entry.model, since.timestamp(), rates)
