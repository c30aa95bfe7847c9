"""The models and the rules of secrets, loaded once in a process for all its tests: seconds of CPU each."""

from __future__ import annotations

from functools import cache

from proxy.detection.engine import DetectionEngine
from proxy.detection.patterns.secret_rules import SecretRules
from proxy.detection.reading import TextReader
from testing import compiled


@cache
def reader() -> TextReader:
    """Return what reads texts with every model."""
    made = TextReader()
    made.engine = DetectionEngine.load(compiled.folder())
    return made


@cache
def secret_rules() -> SecretRules:
    """Return the compiled rules."""
    return SecretRules(compiled.folder())
