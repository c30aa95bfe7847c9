"""Two processes of one organisation see what the other runs, and one finds the bundles that the other kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from proxy.policy.activation import activation
from proxy.policy.bundles import bundle, tree
from proxy.registry.fleet import DIFFERS, REPLICAS, Fleet, differs, is_bundle_of
from proxy.registry.store import RegistryStore, Replica
from proxy.runtime.resources import shipped
from testing import evidence

REPLICA = Replica("w-1", "a", 7, datetime(2026, 11, 1, tzinfo=UTC), "p1", "d1", "2026.1", "r1", "opa/1")


def gauge(metric):
    return next(iter(metric.collect())).samples[0].value


@pytest.fixture
def fleet_of(open_store, tmp_path):
    async def make(state, folder="kept"):
        return Fleet(await open_store(), lambda: state[0], tmp_path / folder)

    return make


async def test_a_difference_shows_in_details_and_metrics_and_ends(fleet_of):
    mine, other = [REPLICA], [replace(REPLICA, writer="w-2", pid=8)]
    one, two = await fleet_of(mine), await fleet_of(other)
    await two.report()
    await one.report()
    assert one.details() == {
        "fleet": {"processes": 2, "policy_revisions": ["p1"], "registry_revisions": ["r1"], "differs": False}
    }
    assert (gauge(REPLICAS), gauge(DIFFERS)) == (2, 0)
    other[0] = replace(other[0], registry_revision="r2", refused="x" * 9000)
    await two.report()
    await one.report()
    assert one.details()["fleet"]["differs"]
    assert one.details()["fleet"]["registry_revisions"] == ["r1", "r2"]
    assert gauge(DIFFERS) == 1
    assert max(len(seen.refused) for seen in one.replicas) == 500
    await two.close()
    await one.report()
    assert (len(one.replicas), gauge(DIFFERS)) == (1, 0)


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        ({"policy_revision": "p2"}, True),
        ({"policy_digest": "d2"}, True),
        ({"registry_revision": "r2"}, True),
        ({"host": "b", "pid": 9, "refused": "x"}, False),
    ],
)
def test_what_a_difference_is(change, differing):
    assert differs((REPLICA, replace(REPLICA, **change))) is differing
    assert not differs(())


async def test_a_change_is_told_within_seconds(fleet_of, open_store):
    state = [REPLICA]
    fleet, other = await fleet_of(state), await open_store()
    fleet.start()
    try:
        async with asyncio.timeout(4):
            while not await other.replicas():
                await asyncio.sleep(0.02)
            state[0] = replace(REPLICA, registry_revision="r2")
            while (await other.replicas())[0].registry_revision != "r2":
                await asyncio.sleep(0.02)
    finally:
        await fleet.close()
    assert await other.replicas() == ()


async def test_a_process_that_left_does_not_come_back(fleet_of, open_store, monkeypatch):
    """It leaves in the middle of telling a change, and what it runs goes on changing."""
    state = [REPLICA]
    fleet, other = await fleet_of(state), await open_store()
    telling, report = asyncio.Event(), fleet.store.report

    async def slowly(replica):
        telling.set()
        await asyncio.sleep(0.3)
        await report(replica)

    monkeypatch.setattr("proxy.registry.fleet._LOOK_S", 0.01)
    await fleet.report()
    monkeypatch.setattr(fleet.store, "report", slowly)
    state[0] = replace(REPLICA, refused="draining")
    fleet.start()
    await telling.wait()
    await fleet.close()
    state[0] = replace(REPLICA, refused="gone")
    await asyncio.sleep(0.5)
    assert await other.replicas() == ()


async def test_every_kept_bundle_reaches_the_database(fleet_of, store, tmp_path):
    info, packed = bundle.build(tree.read(shipped("policies")), {"revision": "2026.1"})
    activation.archive(tmp_path / "kept", info.revision, packed)
    activation.archive(tmp_path / "kept", "0123456789abcdef0123", packed)  # not what its name says
    activation.archive(tmp_path / "kept", "abcd", b"no bundle")
    fleet = await fleet_of([REPLICA])
    await fleet.report()
    assert await store.bundle(info.revision) == packed
    assert await store.missing_bundles(["0123456789abcdef0123", "abcd"]) == {"0123456789abcdef0123", "abcd"}
    later, packed = bundle.build(tree.read(shipped("policies")), {"revision": "2026.2"})
    activation.archive(tmp_path / "kept", later.revision, packed)
    await fleet.report()
    assert await store.bundle(later.revision) == packed


def test_a_bundle_whose_content_was_exchanged_is_not_the_bundle_of_its_revision():
    library = tree.read(shipped("policies"))
    info, packed = bundle.build(library, {"revision": "2026.1", "targets": {"a": {"dpa": "signed"}}})
    assert is_bundle_of(info.revision, packed)
    assert not is_bundle_of("0" * 20, packed)
    _, files = bundle.contents(library, {"revision": "2026.1", "targets": {"a": {"dpa": "signed"}}})
    files[bundle.DATA] = files[bundle.DATA].replace(b'"signed"', b'"lapsed"')
    assert not is_bundle_of(info.revision, bundle.pack(files))


async def test_a_database_that_is_away_shows_and_does_no_harm(tmp_path):
    fleet = Fleet(RegistryStore("postgresql://u@127.0.0.1:1/x", evidence.KEYRING), lambda: REPLICA, tmp_path)
    fleet.start()
    await asyncio.sleep(0.1)
    assert fleet._reporting.running("fleet")
    assert fleet.details()["fleet"]["unreachable"]
    await fleet.close()
