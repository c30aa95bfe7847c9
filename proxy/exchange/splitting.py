"""Counts calls by the side of their route's split, so that a canary is seen beside what it replaces."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

from proxy.core.statuses import Attempt
from proxy.core.targets.canary import Split

CALLS = Counter("proxy_split_calls", "First calls of requests on a route with a canary, by arm and how they ended.",
                ["canary", "arm", "ended"])  # fmt: skip
SECONDS = Histogram("proxy_split_call_seconds", "Their time until the reply ended.", ["canary", "arm"],
                    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120))  # fmt: skip
REFUSED = "refused"


def count(split: Split, attempt: Attempt, seconds: float) -> None:
    """Count the first call of a request; what a target answers with an error is one, whatever became of it."""
    if attempt.number > 1:
        return
    ended = f"status_{attempt.status // 100}xx" if attempt.status >= 400 else attempt.ended  # noqa: PLR2004
    CALLS.labels(split.target, split.arm, REFUSED if attempt.refused else ended).inc()
    SECONDS.labels(split.target, split.arm).observe(seconds)
