from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from proxy.catalog import documents
from proxy.catalog.load import compiled
from proxy.errors import ConfigurationError
from proxy.registry.fleet import data_revision, refusals, spread
from proxy.registry.store import Replica
from proxy.runtime.resources import shipped

NEW = Replica("w-1", "a", 7, datetime(2026, 11, 1, tzinfo=UTC), "p2", "d2", "data2", "r2", "opa/1")
OLD = replace(NEW, writer="w-2", pid=8, registry_revision="r1", data_revision="data1")
LAGGING = replace(NEW, writer="w-3", pid=9, data_revision="data1")
UNKNOWN = replace(LAGGING, data_revision="")


@pytest.mark.parametrize(
    ("replicas", "behind", "lagging"),
    [
        ((), (), ()),
        ((NEW,), (), ()),
        ((NEW, OLD), (OLD,), ()),
        ((LAGGING, NEW), (), (LAGGING,)),
        ((UNKNOWN,), (), (UNKNOWN,)),
        ((OLD, LAGGING, NEW), (OLD,), (LAGGING,)),
    ],
)
def test_who_is_behind_and_who_lags(replicas, behind, lagging):
    found = spread("r2", "data2", {}, replicas)
    assert (found.replicas, found.behind, found.lagging, found.refusing) == (replicas, behind, lagging, ())
    assert found.everywhere is not (behind or lagging)


@pytest.mark.parametrize("one", [OLD, LAGGING])
@pytest.mark.parametrize(
    ("refused", "before", "new"),
    [
        ("tests: x fails", {}, True),
        ("tests: x fails", {"w-2": "an older matter", "w-3": "an older matter"}, True),
        ("an older matter", {"w-2": "an older matter", "w-3": "an older matter"}, False),
        ("", {"w-2": "an older matter", "w-3": "an older matter"}, False),
    ],
)
def test_only_a_new_refusal_ends_the_waiting(one, refused, before, new):
    found = spread("r2", "data2", before, [replace(one, refused=refused)])
    assert (found.refusals, found.everywhere) == ((((one.writer, refused),) if new else ()), False)


def test_what_a_process_refuses_that_runs_it_is_another_matter():
    found = spread("r2", "data2", {}, [replace(NEW, refused="lists.yaml"), OLD])
    assert (found.refusing, found.everywhere) == ((), False)


def test_what_each_process_refuses():
    assert refusals([NEW, replace(OLD, refused="x")]) == {"w-1": "", "w-2": "x"}


def test_the_data_revision_is_that_of_the_catalog():
    written = documents.read(shipped("config"))
    assert data_revision(written.plain, shipped("policies")) == compiled(written, shipped("policies")).revision
    with pytest.raises(ConfigurationError):
        data_revision({"routes": 7}, shipped("policies"))
