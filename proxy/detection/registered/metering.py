"""Prometheus metrics of lists of registered people: how many each has, how old it is, and how often it is met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.multiprocess import MultiProcessCollector

from proxy.core.findings import SegmentFindings
from proxy.runtime.labels import OTHER, bounded

_OF = ("tenant", "list")
PEOPLE = Gauge("proxy_registered_people", "People on a list that is in force.", _OF, multiprocess_mode="livemax")
LOADED = Gauge(
    "proxy_registered_loaded_timestamp_seconds",
    "When a list in force was loaded, Unix seconds; 0 once it is removed.",
    _OF,
    multiprocess_mode="livemax",
)
MATCHES = Counter(
    "proxy_registered_matches", "Readings of a request or reply in which somebody of a list was met.", _OF
)
_in_force: set[tuple[str, str]] = set()


class ListState(NamedTuple):
    """What is told of a list in force."""

    tenant: str
    name: str
    people: int
    loaded: datetime


def put_in_force(lists: Iterable[ListState]) -> None:
    """Set the gauges of the lists in force in this process; those of others are 0 from now on."""
    gone = _in_force.copy()
    for each in lists:
        labels = _labels(each.tenant, each.name)
        if OTHER not in labels:
            gone.discard(labels)
            _in_force.add(labels)
            MATCHES.labels(*labels)
            PEOPLE.labels(*labels).set(each.people)
            LOADED.labels(*labels).set(each.loaded.timestamp())
    for labels in gone:
        PEOPLE.labels(*labels).set(0)
        LOADED.labels(*labels).set(0)
    _in_force.difference_update(gone)


def read(tenant: str, segments: Iterable[SegmentFindings]) -> None:
    """Count a reading for each list of which somebody was met."""
    for name in {finding.registered for segment in segments for finding in (*segment.findings, *segment.inside)}:
        if name:
            MATCHES.labels(*_labels(tenant, name)).inc()


def matches(shared: str) -> Mapping[tuple[str, str], int]:
    """Return how often each list was met, by tenant and name, since this service's processes began. Blocks.

    ``shared`` is the workers' folder of metrics, "" with one worker. Lists without a label of their own are left out.
    """
    metrics = [MATCHES]
    if shared:
        registry = CollectorRegistry()
        metrics = [MultiProcessCollector(registry, shared)]  # type: ignore[no-untyped-call,list-item]
    samples = (sample for metric in metrics for family in metric.collect() for sample in family.samples)
    return {
        (sample.labels["tenant"], sample.labels["list"]): int(sample.value)
        for sample in samples
        if sample.name == "proxy_registered_matches_total" and OTHER not in sample.labels.values()
    }


def _labels(tenant: str, name: str) -> tuple[str, str]:
    whose = bounded("registered tenant", tenant)
    label = bounded("registered list", f"{whose}/{name}")
    return (whose, name) if OTHER not in {whose, label} else (OTHER, OTHER)
