"""Prometheus metrics of the request path. Labels are our own names, never text of a request."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client import multiprocess as shared

from proxy.core.decision.reasons import Responsibility, reason
from proxy.reports.siem.stream import StreamState
from proxy.runtime.labels import OTHER, bounded

_NOBODYS = "none"
#: Codes of what was never expected.
_BUGS = frozenset({"internal_error", "unsettled"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)

EXCHANGES = Counter(
    "proxy_exchanges",
    "All requests for AI, by path, status, what was done, and whose it is that there was no reply (none: nobody's).",
    ["path", "status", "action", "responsibility", "code"],
)
ANSWERS = Counter(
    "proxy_answers",
    "The same by whose it is alone; each begins at 0, so that rates are exact. Unavailable: target and proxy.",
    ["responsibility"],
)
BUGS = Counter("proxy_internal_errors", "Requests that met an error of this proxy that no code names.")
SECONDS = Histogram("proxy_exchange_seconds", "Time of whole exchanges.", ["path"], buckets=_SECONDS)
TENANTS = Counter(
    "proxy_tenant_exchanges", "The same by tenant; at most 200, then other.", ["tenant", "responsibility"]
)
MODELS = Counter(
    "proxy_model_exchanges",
    "The same by registered model (others: other) and the target that was called last.",
    ["model", "target", "responsibility"],
)
IN_FLIGHT = Gauge("proxy_in_flight", "Requests admitted and not yet answered.", multiprocess_mode="livesum")
STREAMS = Gauge("proxy_streams_open", "Streamed replies that have begun.", multiprocess_mode="livesum")
READY = Gauge("proxy_part_ready", "1 while a part can do its work, by part.", ["part"], multiprocess_mode="livemin")
POOL = Gauge(
    "proxy_pool_connections",
    "Connections of pools to the database (by role) and to targets, by state; waiting: requests for one.",
    ["pool", "state"],
    multiprocess_mode="livesum",
)
UNCONFIGURED = Gauge(
    "proxy_targets_without_address",
    "Targets of routes that serve nobody, as none of theirs has an address.",
    multiprocess_mode="livemax",
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


for _each in (_NOBODYS, *Responsibility):
    ANSWERS.labels(str(_each))


class Answered(NamedTuple):
    """How a request was answered. ``path`` is a template or class of paths, never a request's own path.

    ``code``: its reason code, "" for a reply; ``model``: as registered, "" for none or any other.
    """

    path: str
    status: int
    action: str = ""
    code: str = ""
    tenant: str = ""
    model: str = ""
    target: str = ""

    @property
    def responsibility(self) -> str:
        """Whose it is that there was no reply; "none" for a reply."""
        return reason(self.code).responsibility.value if self.code else _NOBODYS


def served(answered: Answered, seconds: float | None = None) -> None:
    """Count an answer, and its time where it is known."""
    for counter in _counters(answered):
        counter.inc()
    if seconds is not None:
        SECONDS.labels(answered.path).observe(seconds)


@lru_cache(maxsize=4096)
def _counters(answered: Answered) -> tuple[Counter, ...]:
    whose = answered.responsibility
    action = answered.action if whose in {_NOBODYS, Responsibility.POLICY.value} else ""
    counters = [
        ANSWERS.labels(whose),
        EXCHANGES.labels(answered.path, str(answered.status), action, whose, answered.code),
        *((BUGS,) if answered.code in _BUGS else ()),
    ]
    if answered.tenant:
        counters.append(TENANTS.labels(bounded("tenant", answered.tenant), whose))
    if answered.model or answered.target:
        model = bounded("model", answered.model) if answered.model else OTHER
        counters.append(MODELS.labels(model, bounded("target", answered.target), whose))
    return tuple(counters)


def pools(used: Mapping[str, Mapping[str, int]]) -> None:
    """Set the gauges of pools: pool -> state (busy, idle, waiting, most) -> number."""
    for pool, states in used.items():
        for state, number in states.items():
            POOL.labels(pool, state).set(number)


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
