"""The input and the result of a check of ``compliance-proxy doctor``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from proxy.embedded import state
from proxy.settings import Settings

Result = Literal["ok", "warning", "failed"]
REINSTALL = "install again: make clean setup, or pip install --force-reinstall 'compliance-proxy[local]'"


@dataclass(frozen=True, slots=True)
class Checkup:
    """The result of one check. ``advice`` says what to do, and is empty if all is well."""

    part: str
    result: Result
    detail: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What the checks use."""

    settings: Settings
    today: dt.date
    running: state.RunningStack | None
    scratch: Path

    @property
    def serves(self) -> bool:
        """Whether this is the environment of ``serve``, whose parts run elsewhere: a pod's, compose's."""
        settings = self.settings
        return self.running is None and settings.database_url is not None and settings.opa_url is not None


Check = Callable[[CheckContext], Awaitable[Checkup]]
