"""What a reply says that it used, counted alike in every dialect, and what that costs on the day of the call. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: What is counted: tokens of the request (of these read from a cache, and written to one), of the reply (of these
#: spent on reasoning), pictures made, pages read, searches, seconds of sound.
COUNTS = ("input", "cached", "written", "output", "reasoning", "images", "pages", "searches", "seconds")
#: What it costs, in millionths of the currency.
COST = "cost"
#: Name of a count -> number; one that is missing was not reported.
Counts = Mapping[str, int]
#: What a call used, and who counted.
Used = tuple[Counts, str]
#: Who counted: the target in its reply, this program by size, or nobody.
REPORTED, ESTIMATED, UNKNOWN = "reported", "estimated", "unknown"
#: Characters of a token, in most languages.
PER_TOKEN = 4


def tokens(counts: Counts) -> int:
    """Return the tokens of request and reply together."""
    return counts.get("input", 0) + counts.get("output", 0)


def estimated(counts: Counts, sent: int, received: int, events: int) -> Counts:
    """Return counts with tokens by size: characters sent, characters received or, in a stream, its events."""
    least = {"input": sent // PER_TOKEN, "output": events or received // PER_TOKEN}
    return {**least, **counts, "output": max(least["output"], counts.get("output", 0))} if counts else least


#: Counts of tokens, and those inside the input, with a price of their own or the input's.
_TOKENS, _INSIDE = ("input", "output"), ("cached", "written")
_PIECES = ("images", "pages", "searches", "seconds")


@dataclass(frozen=True, slots=True)
class Price:
    """What one target charges for a model from a moment on: millionths of the currency for one of each count."""

    target: str
    model: str  # the target's own name, or "gpt-*"
    since: float  # Unix seconds
    rates: Mapping[str, float]

    def cost(self, counts: Counts) -> int:
        """Return the cost of what was used, in millionths of the currency."""
        inside = {name: min(counts.get(name, 0), counts.get("input", 0)) for name in _INSIDE}
        priced = {name: counts.get(name, 0) for name in (*_TOKENS, *_PIECES)}
        priced["input"] = max(0, priced["input"] - sum(inside.values()))
        total = sum(number * self.rates.get(name, 0.0) for name, number in priced.items())
        return round(
            total + sum(number * self.rates.get(name, self.rates.get("input", 0.0)) for name, number in inside.items())
        )


@dataclass(frozen=True, slots=True)
class PriceList:
    """All prices, in one currency (ISO 4217)."""

    currency: str
    prices: tuple[Price, ...]

    def cost(self, target: str, model: str, counts: Counts, at: float) -> int | None:
        """Return the cost of a call at a time, None without a price: of the most exact name, the newest in force."""
        fitting = [
            price for price in self.prices
            if price.target == target and price.since <= at
            and (price.model == model or (price.model.endswith("*") and model.startswith(price.model[:-1])))
        ]  # fmt: skip
        best = max(fitting, key=lambda price: (price.model == model, len(price.model), price.since), default=None)
        return None if best is None else best.cost(counts)
