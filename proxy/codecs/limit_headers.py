"""Headers that say what is left of a caller's limits: those of the draft, and what a dialect's clients read. Pure.

``RateLimit`` and ``RateLimit-Policy`` are of draft-ietf-httpapi-ratelimit-headers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from proxy.core.limits import COST, REQUESTS, TOKENS, LimitStanding, tightest, window
from proxy.core.response_headers import PREFIX

_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def limit_headers(standings: Sequence[LimitStanding]) -> Mapping[str, str]:
    """Return the headers of every dialect; none without limits."""
    counted = [standing for standing in standings if standing.limit.unit != COST]
    headers: dict[str, str] = {}
    if counted:
        headers["ratelimit-policy"] = ", ".join(map(_policy, counted))
        headers["ratelimit"] = ", ".join(f'"{_name(each)}";r={each.remaining};t={_seconds(each)}' for each in counted)
    budgets = [standing for standing in standings if standing.limit.unit == COST and _is_near_its_end(standing)]
    if budgets:
        headers[f"{PREFIX}budget"] = ", ".join(f'"{each.limit.id}";used={_used(each):.2f}' for each in budgets)
    return headers


def openai_headers(standings: Sequence[LimitStanding]) -> Mapping[str, str]:
    """Return them as OpenAI's API spells them too."""
    headers = dict(limit_headers(standings))
    for unit, standing in _tightest(standings):
        headers[f"x-ratelimit-limit-{unit}"] = str(standing.limit.most)
        headers[f"x-ratelimit-remaining-{unit}"] = str(standing.remaining)
        headers[f"x-ratelimit-reset-{unit}"] = f"{_seconds(standing)}s"
    return headers


def anthropic_headers(standings: Sequence[LimitStanding]) -> Mapping[str, str]:
    """Return them as Anthropic's API spells them too."""
    headers = dict(limit_headers(standings))
    for unit, standing in _tightest(standings):
        ends = datetime.fromtimestamp(standing.ends, UTC).strftime(_INSTANT)
        headers[f"anthropic-ratelimit-{unit}-limit"] = str(standing.limit.most)
        headers[f"anthropic-ratelimit-{unit}-remaining"] = str(standing.remaining)
        headers[f"anthropic-ratelimit-{unit}-reset"] = ends
    return headers


def _tightest(standings: Sequence[LimitStanding]) -> Iterator[tuple[str, LimitStanding]]:
    """Yield each unit that clients read of with the limit of which the smallest share is left."""
    for unit in (REQUESTS, TOKENS):
        if (standing := tightest(standings, unit)) is not None:
            yield unit, standing


def _is_near_its_end(standing: LimitStanding) -> bool:
    """Whether so much of a budget is spent that its callers are to know."""
    return standing.limit.most - standing.remaining >= standing.limit.soft


def _used(standing: LimitStanding) -> float:
    return 1 - standing.remaining / standing.limit.most


def _name(standing: LimitStanding) -> str:
    return f"{standing.limit.id}-{standing.limit.unit}"


def _policy(standing: LimitStanding) -> str:
    begin, end = window(standing.limit.per, 0.0)
    return f'"{_name(standing)}";q={standing.limit.most};w={end - begin}'


def _seconds(standing: LimitStanding) -> int:
    return math.ceil(standing.reset_s)
