"""All checks of ``compliance-proxy doctor``, in the order a person would want them."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from proxy.embedded import checks, state, trials
from proxy.embedded.checkup import Check, CheckContext, Checkup
from proxy.settings import Settings

CHECKS: tuple[Check, ...] = (
    checks.python,
    checks.aiohttp_extensions,
    checks.configuration,
    checks.legal_age,
    trials.database,
    trials.engine,
    trials.language_model,
    trials.model_server,
    trials.provider,
    checks.keys,
    checks.evidence,
    checks.disk,
    checks.proxy_port,
)


async def examine(settings: Settings, today: dt.date) -> tuple[Checkup, ...]:
    """Run every check, one after the other, so that two cores are enough."""
    found = []
    with tempfile.TemporaryDirectory(prefix="cp-doctor-") as scratch:
        context = CheckContext(settings, today, state.running(settings.state_dir), Path(scratch))
        for check in CHECKS:
            try:
                found.append(await check(context))
            except Exception as error:  # noqa: BLE001 - a doctor that dies helps nobody
                found.append(
                    Checkup(check.__name__, "failed", f"the check itself failed: {type(error).__name__}: {error}")
                )
    return tuple(found)
