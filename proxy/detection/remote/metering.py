"""Prometheus metrics of a proxy that asks detectors. No label names a tenant or an address."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

STATES = ("ready", "not ready", "other version", "unreachable", "certificate", "calls fail", "other")
DETECTORS = Gauge(
    "proxy_detectors", "Detectors by state, as this process sees them.", ["state"], multiprocess_mode="livemax"
)
CALLS = Counter("proxy_detector_calls", "Calls of detectors, by outcome: ok, busy, failed.", ["outcome"])
SECONDS = Histogram(
    "proxy_detector_call_seconds",
    "Time of one call of a detector.",
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)


def called(outcome: str, seconds: float) -> None:
    """Count a call."""
    CALLS.labels(outcome).inc()
    SECONDS.observe(seconds)


def states(counts: Mapping[str, int]) -> None:
    """Set how many detectors are in which state."""
    for state in STATES:
        DETECTORS.labels(state).set(counts.get(state, 0))
    DETECTORS.labels("other").set(sum(number for state, number in counts.items() if state not in STATES))
