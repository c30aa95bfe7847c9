"""Headers that say what is left of a caller's limits: those of the draft, and what a dialect's clients read. Pure.

``RateLimit`` and ``RateLimit-Policy`` are of draft-ietf-httpapi-ratelimit-headers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from proxy.core.limits import COST, REQUESTS, TOKENS, LimitStanding, tightest, window

_OFFERED = (REQUESTS, TOKENS)
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def limit_headers(standings: Sequence[LimitStanding]) -> Mapping[str, str]:
    """Return the headers of every dialect; none without limits."""
    counted = [one for one in standings if one.limit.unit != COST]
    told: dict[str, str] = {}
    if counted:
        told["ratelimit-policy"] = ", ".join(_policy(one) for one in counted)
        told["ratelimit"] = ", ".join(f'"{_name(one)}";r={one.remaining};t={_seconds(one)}' for one in counted)
    spent = [f'"{one.limit.id}";used={_used(one):.2f}' for one in standings if one.limit.unit == COST and _is_told(one)]
    return told | {"x-compliance-budget": ", ".join(spent)} if spent else told


def _is_told(one: LimitStanding) -> bool:
    """Whether so much of a budget is spent that its callers are told."""
    return one.limit.most - one.remaining >= one.limit.soft


def _used(one: LimitStanding) -> float:
    return 1 - one.remaining / one.limit.most


def openai_headers(standings: Sequence[LimitStanding]) -> Mapping[str, str]:
    """Return them as OpenAI's API spells them too."""
    told = dict(limit_headers(standings))
    for unit in _OFFERED:
        one = tightest(standings, unit)
        if one is not None:
            told[f"x-ratelimit-limit-{unit}"] = str(one.limit.most)
            told[f"x-ratelimit-remaining-{unit}"] = str(one.remaining)
            told[f"x-ratelimit-reset-{unit}"] = f"{_seconds(one)}s"
    return told


def anthropic_headers(standings: Sequence[LimitStanding]) -> Mapping[str, str]:
    """Return them as Anthropic's API spells them too."""
    told = dict(limit_headers(standings))
    for unit in _OFFERED:
        one = tightest(standings, unit)
        if one is not None:
            told[f"anthropic-ratelimit-{unit}-limit"] = str(one.limit.most)
            told[f"anthropic-ratelimit-{unit}-remaining"] = str(one.remaining)
            told[f"anthropic-ratelimit-{unit}-reset"] = datetime.fromtimestamp(one.ends, UTC).strftime(_INSTANT)
    return told


def _name(one: LimitStanding) -> str:
    return f"{one.limit.id}-{one.limit.unit}"


def _policy(one: LimitStanding) -> str:
    begin, end = window(one.limit.per, 0.0)
    return f'"{_name(one)}";q={one.limit.most};w={end - begin}'


def _seconds(one: LimitStanding) -> int:
    return math.ceil(one.reset_s)
