"""Doctor with the registry in a database: that of a running stack, one that is configured, or none that runs."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from proxy.catalog import documents
from proxy.embedded import checks, first_start, trials
from proxy.embedded.checks import CheckContext, Checkup
from proxy.embedded.state import RunningStack
from proxy.errors import ConfigurationError, RegistryUnavailableError
from proxy.policy.bundles import bundle
from proxy.runtime.resources import shipped
from proxy.settings import Settings

pytestmark = pytest.mark.heavy


RUNNING = RunningStack("http://127.0.0.1:1", "postgresql://stack/x", "http://127.0.0.1:1", "http://127.0.0.1:1", "")
OF_REGISTRY = (checks.configuration, trials.engine, trials.provider)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in ("DATABASE_URL", "OPA_URL", "PROXY_STANDIN_URL", "OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def context(tmp_path):
    def make(running=None, **settings):
        given = {"state_dir": tmp_path / "state", "registry": "database", "secret_key": "a2trMTIz" * 6} | settings
        return CheckContext(Settings(**given), dt.date(2026, 11, 25), running, tmp_path)

    return make


@pytest.fixture
def read(monkeypatch):
    """The addresses at which the registry was read: as in production, on an event loop of its own."""
    seen = []

    def active(dsn, *_):
        asyncio.run(asyncio.sleep(0))
        seen.append(dsn)
        return documents.read(shipped("config"))

    monkeypatch.setattr("proxy.registry.reading.active", active)
    return seen


@pytest.fixture
def tried(monkeypatch):
    """The commands that were tried; they are not run."""
    commands = []

    async def trial(_context, part, command, _health, detail, _advice):
        commands.append(command)
        return Checkup(part, "ok", detail)

    monkeypatch.setattr(trials, "_trial", trial)
    return commands


@pytest.mark.parametrize("check", OF_REGISTRY)
async def test_an_embedded_database_that_does_not_run_is_not_looked_at(context, read, tried, check):
    found = await check(context())
    assert (found.result, found.advice) == ("ok", "")
    assert "embedded database, which is not running" in found.detail
    assert (read, tried) == ([], [])


async def test_the_database_of_a_running_stack_is_read(context, read, tried):
    found = await checks.configuration(context(RUNNING))
    assert found.result == "ok", found.detail
    assert read == ["postgresql://stack/x"]
    assert (await trials.provider(context(RUNNING))).result == "ok"
    assert "no active bundle" in (await trials.engine(context(RUNNING))).detail
    assert tried == []


async def test_a_configured_database_is_read_for_trials(context, read, tried, tmp_path):
    given = context(database_url="postgresql://ours/x")
    found = [await check(given) for check in OF_REGISTRY]
    assert [one.result for one in found] == ["ok"] * 3, found
    assert read == ["postgresql://ours/x"] * 3
    assert len(tried) == 2
    assert bundle.read(tmp_path / "bundle.tar.gz").revision in found[1].detail


@pytest.mark.parametrize("check", OF_REGISTRY)
@pytest.mark.parametrize("fault", [RegistryUnavailableError, ConfigurationError, PermissionError])
async def test_a_registry_that_cannot_be_read_is_a_finding(context, monkeypatch, check, fault):
    def away(*_):
        raise fault("for a reason")

    monkeypatch.setattr("proxy.registry.reading.active", away)
    found = await check(context(database_url="postgresql://ours/x"))
    assert (found.result, found.detail) == ("failed", "for a reason")
    assert found.advice


async def test_no_stand_in_is_tried_where_a_provider_is_configured(context, read, tried, monkeypatch):
    monkeypatch.setattr(first_start, "provider_configured", lambda _: True)
    found = await trials.provider(context(registry="files"))
    assert (found.result, tried) == ("ok", [])
    assert "credential" in found.detail
