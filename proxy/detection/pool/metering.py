"""Prometheus metrics of detection. No label names a tenant; refusals by tenant are in the audit log."""

from __future__ import annotations

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
