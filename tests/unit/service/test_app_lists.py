"""The tenants' lists come into force with the catalog, at start and on reload."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest

from proxy.errors import ConfigurationError
from proxy.runtime.resources import shipped
from proxy.service.app import Worker
from testing import evidence
from tests.unit.service.test_app import settings

ROW = "lists:\n  - {tenant: acme, list: allow, type: PERSON, value: Zorblax}\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PROXY_AUDIT_SIGNING_KEY", str(evidence.signing_key_file(tmp_path)))
    shutil.copytree(shipped("config"), tmp_path / "config")
    return tmp_path / "config"


def worker(folder) -> Worker:
    return Worker(settings(config_dir=folder))


def test_a_wrong_list_keeps_a_worker_from_starting(folder):
    (folder / "lists.yaml").write_text("lists: [{tenant: acme, list: allow, type: NOBODY, value: x}]\n")
    with pytest.raises(ConfigurationError, match="no entity type"):
        worker(folder)


async def test_lists_are_swapped_on_reload_and_a_wrong_one_leaves_those_in_force(folder):
    one = worker(folder)
    gate = SimpleNamespace(pipeline=None)
    assert one._parts.detector.lists == {}
    (folder / "lists.yaml").write_text(ROW)
    await one._reload_until_read(gate)
    held = one._parts.detector.lists
    assert (set(held), gate.pipeline is not None) == ({"acme"}, True)
    (folder / "lists.yaml").write_text("lists: 5\n")
    await one._reload_until_read(gate)
    assert one._parts.detector.lists is held
    assert "lists.yaml" in one._details()["registry"]["refused"]
