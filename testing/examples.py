"""On how many examples a property is tried: few in every run, many where ``THOROUGH`` is set in the environment."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, settings

_MANY = 25
_PARTS = 4
_TIMES = _MANY if os.environ.get("THOROUGH") else 1

settings.register_profile("suite", deadline=None, derandomize=bool(os.environ.get("CI")), max_examples=40 * _TIMES)
settings.load_profile("suite")


def cuts(length: int, every: int) -> range:
    """Return places at which something of this length is cut: one in so many, or all of them."""
    return range(0, length + 1, 1 if _TIMES > 1 else every)


def share(values: Sequence[Any]) -> Sequence[Any]:
    """Return a quarter of the values, another each time, or all of them."""
    return values if _TIMES > 1 else values[random.randrange(_PARTS) :: _PARTS]


def examples(count: int, *suppressed: HealthCheck) -> settings:
    """Return settings with this many examples, or 25 times as many, and without some of Hypothesis's health checks."""
    return settings(max_examples=count * _TIMES, suppress_health_check=suppressed)
