"""A first start with the registry in the database fills it once from the folder, as evidence; later starts do not."""

from __future__ import annotations

import base64
import json
import shutil

import asyncpg
import pytest

from proxy.embedded import first_start
from proxy.errors import ConfigurationError, RegistryUnavailableError
from proxy.registry.store import RegistryStore
from proxy.runtime.resources import shipped
from proxy.settings import Settings
from testing import fakes
from tests.integration.registry.sample import document

MASTER = base64.b64encode(fakes.KEYRING.master).decode()


@pytest.fixture(autouse=True)
def state_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("PROXY_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
async def store(fresh_dsn):
    made = RegistryStore(fresh_dsn, fakes.KEYRING)
    await made.start()
    yield made
    await made.close()


async def test_an_empty_registry_is_filled_from_the_folder_and_that_is_recorded(fresh_dsn, store):
    imported = await first_start.fill_registry(Settings(), fresh_dsn, MASTER)
    found = await store.active()
    assert found.revision == imported
    assert (found.made_by, found.parent) == ("first start", None)
    assert str(Settings().config_dir) in found.comment
    rows = await _events(fresh_dsn)
    assert [(row["facts"]["revision"], row["facts"]["paths"]) for row in rows] == [
        (imported, ["registry", "endpoints", "routes"])
    ]


async def _events(dsn):
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT body FROM audit.record WHERE action = 'registry_changed'")
        return [json.loads(row["body"]) for row in rows]
    finally:
        await connection.close()


async def test_a_registry_that_is_there_is_left_alone(fresh_dsn, store):
    made = await store.put(document(), by="ann", base=None)
    assert await first_start.fill_registry(Settings(), fresh_dsn, MASTER) == ""
    assert await store.active() == made
    assert await _events(fresh_dsn) == []


async def test_a_folder_that_is_refused_fills_nothing(fresh_dsn, store, tmp_path):
    config = shutil.copytree(shipped("config"), tmp_path / "config")
    (config / "routes.yaml").write_text("routes: [{targets: [nowhere]}]\n")
    with pytest.raises(ConfigurationError, match=r"routes\.yaml"):
        await first_start.fill_registry(Settings(config_dir=config), fresh_dsn, MASTER)
    assert await store.active() is None


async def test_a_database_that_is_away_is_named():
    with pytest.raises(RegistryUnavailableError):
        await first_start.fill_registry(Settings(), "postgresql://u@127.0.0.1:1/x", MASTER)
