"""Everything the pattern tier looks for: one file of patterns per field, with the checks that they name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from types import ModuleType
from typing import Any, Final

from proxy.core.geography import STATE_CODES
from proxy.detection.patterns.armour import PRIVATE_KEY
from proxy.detection.patterns.definitions import Definitions
from proxy.detection.patterns.pattern import DIGIT_RUN, Pattern
from proxy.detection.patterns.recognizers import accounts, checks, contact, dates, grouped, money, secrets

_FIELDS: Final = (
    "contact", "money", "grouped", "accounts", "armoured", "dictated", "identity_eu", "identity_world", "health",
    "documents", "messages", "secrets", "dates", "places", "work",
)  # fmt: skip
#: Forms that code computes or needs too.
_GIVEN: Final = {
    "digit_run": DIGIT_RUN,
    "state_codes": f"(?:{'|'.join(sorted(STATE_CODES))})",
    "private_key": PRIVATE_KEY,
}
_MODULES: Final[dict[str, ModuleType]] = {
    module.__name__.rpartition(".")[2]: module for module in (accounts, checks, contact, dates, grouped, money, secrets)
}


def _function(name: str) -> Callable[..., Any]:
    module, _, member = name.partition(".")
    function: Callable[..., Any] = checks.stdnum(member) if module == "stdnum" else getattr(_MODULES[module], member)
    return function


def _read() -> tuple[Pattern, ...]:
    files = resources.files(__package__)
    texts = {field: (files / f"{field}.toml").read_text(encoding="utf-8") for field in _FIELDS}
    definitions = Definitions.parsed(texts, _GIVEN, _function)
    return tuple(pattern for field in _FIELDS for pattern in definitions.patterns(field))


PATTERNS: Final = _read()
#: Recognizer -> the country its identifiers belong to.
COUNTRIES: Final[dict[str, str]] = {pattern.name: pattern.country for pattern in PATTERNS if pattern.country}
