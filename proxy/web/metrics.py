"""Prometheus metrics of the request path. Labels are our own names, never text of a request."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client import multiprocess as shared

from proxy.reports.siem.stream import StreamState

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)

EXCHANGES = Counter("proxy_exchanges", "Exchanges by path, status and action.", ["path", "status", "action"])
SECONDS = Histogram("proxy_exchange_seconds", "Time of whole exchanges.", ["path"], buckets=_SECONDS)
REFUSED = Counter(
    "proxy_refused_before_policy", "Requests without a valid credential, by class of path.", ["path", "code"]
)
NOT_ADMITTED = Counter(
    "proxy_not_admitted", "Requests of known callers refused before any work, by reason.", ["reason"]
)
AUDIT_WAITING = Gauge("proxy_audit_waiting", "Audit records not yet durable.", multiprocess_mode="livesum")
VAULT_OVERDUE = Gauge(
    "proxy_vault_overdue_seconds", "Age of the oldest original beyond its expiry.", multiprocess_mode="max"
)
CHECKPOINTS_REFUSED = Gauge(
    "proxy_audit_checkpoints_refused",
    "1 while nothing is signed because the log lacks what was signed before.",
    multiprocess_mode="livemax",
)
UNANCHORED = Gauge(
    "proxy_audit_unanchored",
    "1 while the newest signed note could not be written to an anchor.",
    multiprocess_mode="livemax",
)
ANCHOR_AGE = Gauge(
    "proxy_audit_anchor_age_seconds",
    "Seconds since an anchor was known to keep all that is signed, by its place.",
    ["anchor"],
    multiprocess_mode="livemin",
)
STREAM_BEHIND = Gauge(
    "proxy_audit_stream_behind_records",
    "Records of the audit log that a collector does not have yet, by stream.",
    ["stream"],
    multiprocess_mode="livemax",
)
STREAM_BEHIND_S = Gauge(
    "proxy_audit_stream_behind_seconds",
    "Age of the oldest record that a collector does not have yet, by stream.",
    ["stream"],
    multiprocess_mode="livemax",
)
STREAM_ERRORS = Counter("proxy_audit_stream_errors", "Failures of handing records to a collector.", ["stream"])
DOWN = Gauge(
    "proxy_target_down", "1 while a target is down for everyone, by target.", ["target"], multiprocess_mode="livemax"
)
CATALOG = Gauge(
    "proxy_catalog_loaded", "1 for the catalog revision in force.", ["revision"], multiprocess_mode="livemax"
)
RELOADS = Counter("proxy_catalog_reloads", "Catalog reloads.", ["result"])


def evidence(checkpoints_refused: str, unanchored: str) -> None:
    """Set the gauges of signing and anchoring from the reasons why they fail, "" for none."""
    CHECKPOINTS_REFUSED.set(bool(checkpoints_refused))
    UNANCHORED.set(bool(unanchored))


def streams(states: Mapping[str, StreamState], now: float) -> None:
    """Set the gauges of streams, 0 where another process has one; ``now`` is Unix seconds."""
    for name, state in states.items():
        STREAM_BEHIND.labels(name).set(state.behind if state.holds else 0)
        since = state.behind_since if state.holds else None
        STREAM_BEHIND_S.labels(name).set(0 if since is None else max(0.0, now - since))


def served(path: str, status: int, action: str, seconds: float) -> None:
    """Count an exchange; ``path`` is a template, never a request's own path."""
    count, time = _exchange(path, status, action)
    count.inc()
    time.observe(seconds)


@lru_cache(maxsize=1024)
def _exchange(path: str, status: int, action: str) -> tuple[Counter, Histogram]:
    return EXCHANGES.labels(path, str(status), action), SECONDS.labels(path)


def refused_before_policy(path: str, code: str) -> None:
    """Count a request without a valid caller; ``path`` is a class of paths, never a request's own path."""
    REFUSED.labels(path, code).inc()


def exposition() -> bytes:
    """Return the metrics of all workers of this service in the Prometheus text format."""
    if shared_folder():
        registry = CollectorRegistry()
        shared.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest()


def shared_folder() -> str:
    """Return the folder in which workers share their metrics, "" with a single worker."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")  # noqa: TID251 - the library's own switch
