from __future__ import annotations

import asyncio
import base64
import dataclasses
import threading
from types import SimpleNamespace

import pytest

from proxy.errors import ConfigurationError, RegistryUnavailableError
from proxy.runtime.background import Background
from proxy.service.app import Worker
from proxy.service.rollout import read_catalog
from proxy.settings import Settings
from testing import evidence

pytestmark = pytest.mark.heavy


SECRET = base64.b64encode(b"k" * 32).decode()


def settings(**changes):
    given = {"secret_key": SECRET, "database_url": "postgres://nobody@127.0.0.1:1/x", "opa_url": "http://127.0.0.1:1"}
    return Settings(**{name: value for name, value in (given | changes).items() if value is not None})


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("PROXY_AUDIT_SIGNING_KEY", str(evidence.signing_key_file(tmp_path)))
    for name in ("PROXY_SECRET_KEY", "PROXY_DATABASE_URL", "PROXY_OPA_URL", "DATABASE_URL", "OPA_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("missing", ["database_url", "opa_url"])
def test_serving_needs_a_database_and_a_policy_engine(missing):
    with pytest.raises(ConfigurationError, match="must be set to serve"):
        Worker(settings(**{missing: None}))


def test_a_worker_is_made_without_touching_the_network():
    worker = Worker(settings(oidc_issuer="https://i.example", oidc_audience="a", oidc_jwks="/no/such/file"))
    assert worker._parts.tokens is not None


def test_the_catalog_is_read_and_the_bundle_written(tmp_path):
    catalog = read_catalog(settings(bundle_path=tmp_path / "bundle.tar.gz"), starting=True)
    assert catalog.routes
    assert (tmp_path / "bundle.tar.gz").stat().st_size > 1000


def test_a_worker_streams_to_the_collectors_of_its_settings_and_refuses_what_is_none():
    worker = Worker(settings(audit_streams="https://siem.example/x#format=cef, file:/var/log/audit.jsonl"))
    assert [one.format for one in worker._streams.addresses] == ["cef", "record"]
    assert worker._details()["audit_streams"] == {}
    with pytest.raises(ConfigurationError, match="a stream goes to"):
        Worker(settings(audit_streams="ftp://siem.example"))


def test_a_worker_says_what_it_runs():
    worker = Worker(settings())
    mine = worker._running()
    assert (mine.registry_revision, mine.policy_revision, mine.refused) == (worker._catalog.registry_revision, "", "")
    assert mine.writer == worker._parts.audit.writer_id
    shown = worker._details()
    assert shown["registry"] == {"kept_in": "files", "revision": mine.registry_revision}
    assert shown["fleet"]["processes"] == 0


async def test_what_is_refused_stays_out_and_shows(tmp_path, monkeypatch):
    worker = Worker(settings())
    before = worker._catalog
    monkeypatch.setattr(worker, "_settings", settings(config_dir=tmp_path))
    await worker._reload_until_read(None)
    assert worker._catalog is before
    assert "registry.yaml is missing" in worker._details()["registry"]["refused"]
    assert "registry.yaml is missing" in worker._running().refused


async def test_declared_apis_are_read_again_with_the_catalog_and_refused_with_it(worker, tmp_path):
    gate, declared = SimpleNamespace(pipeline=None, table=None), tmp_path / "apis.yaml"
    worker._settings = settings(apis_file=declared)
    declared.write_text("apis: {say: {operation: chat, paths: [{path: '/say/{model}'}]}}")
    await worker._reload_until_read(gate)
    assert gate.table.find("POST", "/say/m", ()).served.api.name == "org.say"
    assert worker.events == ["catalog_loaded", "apis_declared"]
    before, kept = gate.table, worker._details()["registry"]["apis"]
    declared.write_text("apis: {say: {operation: sing, paths: [{path: '/say/{model}'}]}}")
    await worker._reload_until_read(gate)
    assert (gate.table, worker._details()["registry"]["apis"]) == (before, kept)
    assert "apis.yaml: apis.say.operation: 'sing'" in worker._details()["registry"]["refused"]
    declared.write_text("apis: {}")
    await worker._reload_until_read(gate)
    assert gate.table.find("POST", "/say/m", ()).served is None
    assert "apis" not in worker._details()["registry"]


class Registry:
    """Stands in for reading the catalog: away so many times, and as slow as the test wants."""

    def __init__(self, away=0):
        self.away, self.reads = away, 0
        self.let_go = threading.Event()
        self.let_go.set()

    def read(self, given):
        self.reads += 1
        assert self.let_go.wait(10)
        if self.reads <= self.away:
            raise RegistryUnavailableError
        return read_catalog(given)


@pytest.fixture
def worker(monkeypatch):
    """A worker whose database is back at once when it is waited for."""

    async def back(*_):
        pass

    monkeypatch.setattr("proxy.service.app._AGAIN_S", 0.01)
    monkeypatch.setattr("proxy.service.app.database.wait", back)
    made = Worker(settings())
    made.events = []
    monkeypatch.setattr(made._parts.audit, "event", lambda name, facts: made.events.append(name))
    return made


@pytest.fixture
def registry_of(monkeypatch):
    def make(**given):
        made = Registry(**given)
        monkeypatch.setattr("proxy.service.rollout.read_catalog", made.read)
        return made

    return make


@pytest.fixture
async def reloading(worker):
    """The worker while SIGHUP reloads it, and its gate."""
    gate, background = SimpleNamespace(pipeline=None), Background()
    background.start("reload", worker._reload_on_request(gate))
    yield worker, gate
    await background.stop()


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_registry_that_cannot_be_read_leaves_the_catalog_until_it_can(worker, registry_of):
    gate, registry = SimpleNamespace(pipeline=None), registry_of(away=10**9)
    before = worker._catalog
    reading = asyncio.ensure_future(worker._reload_until_read(gate))
    await until(lambda: registry.reads > 3)
    assert "cannot be reached" in worker._details()["registry"]["refused"]
    assert (worker._catalog, gate.pipeline, worker.events) == (before, None, ["catalog_refused"])
    registry.away = 0
    async with asyncio.timeout(10):
        await reading
    assert worker._catalog is not before
    assert gate.pipeline is not None
    assert "refused" not in worker._details()["registry"]
    assert worker._running().refused == ""
    assert worker.events == ["catalog_refused", "catalog_loaded"]


async def test_a_worker_that_stops_does_not_try_again(worker, registry_of):
    registry, background = registry_of(away=10**9), Background()
    background.start("reload", worker._reload_until_read(None))
    await until(lambda: registry.reads)
    await background.stop()
    seen = registry.reads
    await asyncio.sleep(0.05)
    assert registry.reads == seen


async def test_signals_during_a_reload_ask_for_one_more(reloading, registry_of):
    worker, _ = reloading
    registry = registry_of()
    registry.let_go.clear()
    worker._reload_requested.set()
    await until(lambda: registry.reads == 1)
    for _ in range(3):
        worker._reload_requested.set()
        await asyncio.sleep(0.01)
    registry.let_go.set()
    await until(lambda: worker.events == ["catalog_loaded"] * 2)
    await asyncio.sleep(0.05)
    assert registry.reads == 2


async def test_a_signal_while_the_database_is_away_starts_no_second_attempt(reloading, registry_of):
    worker, gate = reloading
    registry = registry_of(away=10**9)
    for _ in range(5):
        worker._reload_requested.set()
        await asyncio.sleep(0.02)
    registry.away = 0
    await until(lambda: gate.pipeline is not None)
    assert worker.events.count("catalog_refused") == 1


async def test_what_fails_unforeseen_is_shown_and_does_not_end_the_reloads(reloading, monkeypatch):
    worker, gate = reloading
    monkeypatch.setattr("proxy.service.rollout.read_catalog", lambda _: 1 / 0)
    worker._reload_requested.set()
    await until(lambda: "ZeroDivisionError" in worker._details()["registry"].get("refused", ""))
    monkeypatch.setattr("proxy.service.rollout.read_catalog", read_catalog)
    worker._reload_requested.set()
    await until(lambda: gate.pipeline is not None)
    assert "refused" not in worker._details()["registry"]


async def test_contracts_that_name_nobody_are_told_and_recorded(worker, monkeypatch):
    document = {
        "tenants": {"a": {}, "b": {}}, "targets": {"us": {"dpa": {}, "scc": {}}}, "config": {"named_contracts": ["scc"]},
    }  # fmt: skip
    told = []
    monkeypatch.setattr(worker._parts.audit, "event", lambda name, facts: told.append((name, facts)))
    worker._report_gaps()
    assert told == []  # the demo has one tenant
    worker._catalog = dataclasses.replace(worker._catalog, data_document=document)
    worker._report_gaps()
    facts = {"for_all": ("targets.us.dpa",), "for_nobody": ("targets.us.scc",)}
    assert told == [("contracts_name_no_tenant", facts)]
