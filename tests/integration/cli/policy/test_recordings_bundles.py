"""A decision is explained and replayed by what decided it, on a machine that never had that bundle."""

from __future__ import annotations

import asyncio

import pytest

from proxy.cli.policy.recordings import decided_by, stored_bundle
from proxy.policy.activation import activation
from proxy.policy.authoring.compare import Recorded
from proxy.policy.bundles import bundle, tree
from proxy.policy.faults import BundleRefusedError
from proxy.registry.store import RegistryStore
from proxy.runtime.resources import shipped
from testing import evidence


@pytest.fixture
def machine(monkeypatch, fresh_dsn, tmp_path):
    monkeypatch.setenv("DATABASE_URL", fresh_dsn)
    monkeypatch.setenv("PROXY_STATE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def stored(fresh_dsn):
    """A bundle that only the database has."""
    info, packed = bundle.build(tree.read(shipped("policies")), {"revision": "2026.1"})

    async def keep():
        store = RegistryStore(fresh_dsn, evidence.KEYRING)
        await store.start()
        await store.keep_bundle(info.revision, packed)
        await store.keep_bundle("abcd", packed)
        await store.close()

    asyncio.run(keep())
    return info.revision


def decided(revision):
    return Recorded({}, {"policy": {"revision": revision}}, "d-1")


def test_a_bundle_is_fetched_once_and_then_kept_here(machine, stored, monkeypatch):
    path = stored_bundle(stored)
    assert path == activation.archived(machine / "revisions", stored)
    assert bundle.read(path).data["revision"] == "2026.1"
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@127.0.0.1:1/x")
    assert stored_bundle(stored) == path


@pytest.mark.parametrize("revision", ["0" * 20, "abcd"])
def test_what_is_nowhere_or_not_what_it_says_is_refused(machine, stored, revision):
    with pytest.raises(BundleRefusedError, match=revision):
        stored_bundle(revision)


def test_the_deciding_policy_is_opened_or_the_reason_told(machine, stored, capsys):
    assert decided_by(decided(stored)).path.is_file()
    assert stored in capsys.readouterr().err
    assert decided_by(decided("0" * 20)) is None
    assert "today's policy" in capsys.readouterr().err
    assert decided_by(Recorded({}, None, "d-2")) is None


def test_without_a_database_the_reason_is_told(monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PROXY_STATE_DIR", str(tmp_path))
    assert decided_by(decided("0" * 20)) is None
    assert "no database" in capsys.readouterr().err
