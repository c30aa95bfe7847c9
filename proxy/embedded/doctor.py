"""All checks of ``compliance-proxy doctor``, in the order of interest."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from proxy.embedded import checks, state, trials
from proxy.embedded.checks import Check, CheckContext, Checkup
from proxy.settings import Settings

CHECKS: tuple[Check, ...] = (
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
    results = []
    with tempfile.TemporaryDirectory(prefix="cp-doctor-") as scratch:
        context = CheckContext(settings, today, state.running(settings.state_dir), Path(scratch))
        for check in CHECKS:
            try:
                results.append(await check(context))
            except Exception as error:  # noqa: BLE001 - the other checks must still run
                detail = f"the check itself failed: {type(error).__name__}: {error}"
                results.append(Checkup(check.__name__, "failed", detail))
    return tuple(results)
