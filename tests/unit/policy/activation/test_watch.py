from __future__ import annotations

import pytest

from proxy.policy.activation import activation
from proxy.policy.activation.watch import RELOAD_REFUSED, REVISION, PolicyWatch
from proxy.policy.bundles import bundle

pytestmark = pytest.mark.heavy


class FakeEngine:
    def __init__(self):
        self.now, self.refusal = "r1", ""
        self.slow = False  # so slow that it does not tell in time
        self.asked = 0

    async def revision(self):
        return self.now

    async def digest(self, revision):
        return "" if self.slow else f"digest of {revision}"

    async def about(self):
        self.asked += 1
        return ("", "") if self.slow else (f"data of {self.now}", "opa/1.9")


class FakeCache:
    def __init__(self):
        self.noticed = []

    def notice(self, revision):
        self.noticed.append(revision)


class FakeEvents:
    def __init__(self):
        self.kept = []

    def event(self, name, facts, **columns):
        self.kept.append((name, dict(facts), columns))


@pytest.fixture
def engine():
    return FakeEngine()


@pytest.fixture
def events():
    return FakeEvents()


@pytest.fixture
def status(tmp_path):
    return tmp_path / "b.tar.gz.status.json"


@pytest.fixture
def oversight(engine, events, status):
    return PolicyWatch(engine, FakeCache(), events, status)


def gauge(revision):
    return {sample.labels["revision"]: sample.value for sample in next(iter(REVISION.collect())).samples}.get(revision)


async def test_revision_is_shown_everywhere_and_each_change_is_an_event(oversight, engine, events):
    await oversight.look()
    await oversight.look()
    engine.now = "r2"
    await oversight.look()
    assert oversight.details() == {"policy": {"revision": "r2", "revisions": ["r2"]}}
    assert (gauge("r1"), gauge("r2")) == (None, 1)
    assert [(name, facts["before"], columns) for name, facts, columns in events.kept] == [
        ("policy_active", "", {"revision": "r1"}),
        ("policy_active", "r1", {"revision": "r2"}),
    ]
    assert events.kept[-1][1]["digest"] == "digest of r2" == oversight.digest
    assert (oversight.data_revision, oversight.engine) == ("data of r2", "opa/1.9")
    assert oversight._cache.noticed == ["r1", "r1", "r2"]


async def test_what_the_engine_did_not_tell_in_time_is_asked_again_until_it_does(oversight, engine, events):
    engine.slow = True
    await oversight.look()
    await oversight.look()
    assert (oversight.revision, oversight.digest, oversight.data_revision) == ("r1", "", "")
    engine.slow = False
    await oversight.look()
    await oversight.look()
    assert (oversight.digest, oversight.data_revision, oversight.engine) == ("digest of r1", "data of r1", "opa/1.9")
    assert engine.asked == 3
    assert [name for name, _, _ in events.kept] == ["policy_active"]


async def test_engine_that_does_not_answer_changes_nothing(oversight, engine, events):
    await oversight.look()
    engine.now = ""
    await oversight.look()
    assert oversight.revision == "r1"
    assert len(events.kept) == 1


async def test_refused_reload_is_shown_recorded_once_and_lifted(oversight, events, status, tmp_path):
    place = activation.BundlePaths(tmp_path / "b.tar.gz", tmp_path / "kept")
    activation.refused(place, "tests", "x fails")
    await oversight.look()
    await oversight.look()
    assert oversight.details()["policy"]["refused"] == "tests: x fails"
    assert RELOAD_REFUSED._value.get() == 1
    assert [name for name, _, _ in events.kept] == ["policy_active", "policy_refused"]
    assert events.kept[-1][1]["kept"] == "r1"
    bundle.put(status, b'{"active": true, "revision": "r2"}')
    await oversight.look()
    assert "refused" not in oversight.details()["policy"]
    assert RELOAD_REFUSED._value.get() == 0


async def test_bundle_that_the_engine_refuses_is_shown(oversight, engine):
    engine.refusal = "signature: not signed"
    await oversight.look()
    assert oversight.details()["policy"]["refused"] == "signature: not signed"
