"""The models, the patterns and the rules of secrets, loaded once in a process for all its tests: seconds of CPU each."""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from proxy.detection.patterns.scanner import PatternScanner
from proxy.detection.patterns.secret_rules import SecretRules
from proxy.detection.pool import forked
from proxy.detection.pool.loading import NurseryPart
from proxy.settings import Handover
from testing import rule_cache

if TYPE_CHECKING:
    from proxy.detection.reading import TextReader


@cache
def reader() -> TextReader:
    """Return what reads texts; the models are loaded when the first is read."""
    from proxy.detection.reading import TextReader  # it imports the libraries of the models

    return TextReader(cache=rule_cache.folder())


@cache
def scanner() -> PatternScanner:
    """Return all patterns, compiled: a sixth of a second of CPU."""
    return PatternScanner()


@cache
def secret_rules() -> SecretRules:
    """Return the compiled rules."""
    return SecretRules(rule_cache.folder())


def handed() -> tuple[Mapping[str, str], tuple[int, ...]]:
    """Return variables and descriptors for a child, which then has its workers forked from models loaded here once."""
    if not forked.POSSIBLE:
        return {}, ()
    kept = _nursery()
    kept.begin()
    return Handover(detection_nursery=kept.clients).environment(), (kept.clients,)


@cache
def _nursery() -> NurseryPart:
    made = NurseryPart(rule_cache.folder())
    atexit.register(made.close)
    return made
