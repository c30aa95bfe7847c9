"""The keys of the checks: those of the hostile conditions, and officers'."""

from __future__ import annotations

from collections.abc import Mapping

from bench.hostile.stand import CALLERS as HOSTILE
from bench.hostile.stand import Caller

CALLERS: Mapping[str, Caller] = {
    **HOSTILE,
    "house reader": Caller("house-eu", "officer", "support-chat", roles=("audit-reader",)),
    "clinic reader": Caller("clinic-us", "officer", "care-us", "US", "US", roles=("audit-reader",)),
    "limited": Caller("limited-us", "ward", "care-us", "US", "US"),
    "auditor": Caller("house-eu", "auditor", "support-chat", roles=("auditor",)),
}
