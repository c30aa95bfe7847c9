"""The models and the rules of secrets, loaded once in a process for all its tests: seconds of CPU each."""

from __future__ import annotations

from functools import cache

from proxy.detection.patterns.secret_rules import SecretRules
from proxy.detection.reading import TextReader
from testing import rule_cache


@cache
def reader() -> TextReader:
    """Return what reads texts; the models are loaded when the first is read."""
    return TextReader(cache=rule_cache.folder())


@cache
def secret_rules() -> SecretRules:
    """Return the compiled rules."""
    return SecretRules(rule_cache.folder())
