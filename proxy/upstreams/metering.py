"""Prometheus metrics of calls to targets, by their names in the registry."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)

CALLS = Counter(
    "proxy_target_calls",
    "Calls to targets, by result: a status, unreachable, timeout, or not_called while the target is down.",
    ["target", "result"],
)
SECONDS = Histogram("proxy_target_seconds", "Time until a target's reply begins.", ["target"], buckets=_SECONDS)


def answered(target: str, status: int, seconds: float) -> None:
    """Count a call that was answered."""
    CALLS.labels(target, str(status)).inc()
    SECONDS.labels(target).observe(seconds)


def failed(target: str, result: str) -> None:
    """Count a call without an answer."""
    CALLS.labels(target, result).inc()
