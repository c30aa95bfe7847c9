"""What metrics say of lists: rows, age, and how often somebody of them was met."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

import pytest
from prometheus_client import generate_latest

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.registered import metering
from proxy.detection.registered.metering import ListState
from proxy.runtime import labels
from proxy.runtime.labels import MOST
from testing.registered_lists import JAN, listed

LOADED = datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_labels_yet(monkeypatch):
    """Labels are as few as in a new process: other tests use them up."""
    monkeypatch.setattr(labels, "_values", defaultdict(set))


def shown(metric, tenant, name):
    return metric.labels(tenant, name)._value.get()


def test_a_list_in_force_has_rows_and_an_age_until_it_is_gone():
    metering.put_in_force([ListState("rows", "patients", 12, LOADED), ListState("rows", "staff", 3, LOADED)])
    assert shown(metering.PEOPLE, "rows", "patients") == 12
    assert shown(metering.LOADED, "rows", "patients") == LOADED.timestamp()
    assert metering.matches("")["rows", "staff"] == 0
    metering.put_in_force([ListState("rows", "staff", 4, LOADED)])
    assert shown(metering.PEOPLE, "rows", "patients") == shown(metering.LOADED, "rows", "patients") == 0
    assert shown(metering.PEOPLE, "rows", "staff") == 4


def test_a_reading_counts_once_for_each_list_that_was_met():
    found = tuple(listed([JAN]).find("Jan Kowalski wrote to Jan Kowalski"))
    other = Finding("PERSON", 0, 3, 0.9, "model")
    before = metering.matches("").get(("read", "patients"), 0)
    metering.read("read", [SegmentFindings(found), SegmentFindings((other,)), SegmentFindings((), inside=found)])
    metering.read("read", [SegmentFindings((other,))])
    assert metering.matches("")["read", "patients"] == before + 1
    assert b"Kowalski" not in generate_latest()


@pytest.mark.parametrize("tenant", ["many"])
def test_lists_beyond_the_most_share_a_label_and_none_is_said_to_have_their_count(tenant):
    metering.put_in_force(ListState(tenant, f"list-{number}", 1, LOADED) for number in range(MOST + 50))
    counts = [name for whose, name in metering.matches("") if whose == tenant]
    assert 0 < len(counts) <= MOST
    assert f"list-{MOST + 49}" not in counts
    metering.put_in_force([])
