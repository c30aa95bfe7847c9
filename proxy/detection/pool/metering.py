"""Prometheus metrics of detection, here and elsewhere. No label names a tenant or an address.

Refusals by tenant are in the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

WAITING = Gauge("proxy_detection_waiting", "Requests whose texts wait or are read.", multiprocess_mode="livesum")
UNREAD = Gauge("proxy_detection_unread_characters", "Characters that wait or are read.", multiprocess_mode="livesum")
SPEED = Gauge("proxy_detection_characters_per_second", "Measured speed of the workers.", multiprocess_mode="livesum")
BATCHES = Histogram("proxy_detection_batch_seconds", "Time of batches in a worker.", buckets=_SECONDS)
CHARACTERS = Counter("proxy_detection_characters", "Characters read by workers.")
TIMEOUTS = Counter("proxy_detection_timeouts", "Requests whose texts were not all read in time.")
REFUSED = Counter("proxy_detection_refused", "Requests refused before detection, by reason.", ["reason"])
JOINED = Counter("proxy_detection_joined", "Texts that waited for another request's reading of the same text.")


def refused(reason: str) -> None:
    """Count a request that was not admitted."""
    REFUSED.labels(reason).inc()


def timed_out() -> None:
    """Count a request that was not read completely."""
    TIMEOUTS.inc()


def read(characters: int, seconds: float) -> None:
    """Count a batch."""
    CHARACTERS.inc(characters)
    BATCHES.observe(seconds)


def joined(texts: int) -> None:
    """Count texts that were read for another request."""
    if texts:
        JOINED.inc(texts)


def waits(requests: int, characters: int, speed: float) -> None:
    """Set the gauges of what is waiting."""
    WAITING.set(requests)
    UNREAD.set(characters)
    SPEED.set(speed)


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
