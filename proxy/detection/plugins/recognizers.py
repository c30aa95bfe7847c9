"""A deployment's own recognizers, behind Presidio's ``EntityRecognizer``; they run in the confined workers.

Their results are checked, since offsets beyond the text or an invalid score would let a value through: the text then
counts as unread. Presidio's names of entity types become ours; an unknown type is identifying.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from proxy.core.entities import ENTITIES, NAME
from proxy.core.findings import Finding
from proxy.detection.models.analyzer import EntityRecognizer
from proxy.detection.plugins import sources
from proxy.errors import ConfigurationError

_OURS: Final = {alias: name for name, entity in ENTITIES.items() for alias in entity.presidio}


class Installed:
    """One recognizer of the deployment."""

    def __init__(self, name: str, presidio: EntityRecognizer) -> None:
        self.name = name
        self._presidio = presidio

    def find(self, text: str, artifacts: Any) -> list[Finding]:
        """Return its findings.

        Raises:
            TypeError, ValueError: a result is invalid for this text.

        """
        results = self._presidio.analyze(text, list(self._presidio.supported_entities), artifacts)
        if not isinstance(results, list):
            raise TypeError(f"recognizer {self.name}: a list of results is required")
        return [self._finding(text, result) for result in results]

    def _finding(self, text: str, result: Any) -> Finding:
        kind, start, end, score = result.entity_type, result.start, result.end, result.score
        valid_span = type(start) is int and type(end) is int and 0 <= start < end <= len(text)
        valid_score = isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 1
        if not (valid_span and valid_score and isinstance(kind, str) and NAME.fullmatch(kind)):
            raise ValueError(f"recognizer {self.name}: a result that cannot be in this text")
        return Finding(_OURS.get(kind, kind), start, end, float(score), self.name)


def load(where: Path | None) -> list[Installed]:
    """Return the recognizers of installed packages and of a folder, loaded.

    Raises:
        ConfigurationError: one cannot be loaded, or is not a Presidio recognizer.

    """
    return [recognizer for source in sources.sources(sources.RECOGNIZERS, where) for recognizer in _loaded(source)]


def _loaded(source: sources.Source) -> Iterator[Installed]:
    try:
        instances = [instance for candidate in source.load() if (instance := _instance(candidate)) is not None]
        for recognizer in instances:
            recognizer.load()
    except Exception as fault:
        raise ConfigurationError(f"recognizers: {source.name}: cannot be loaded ({type(fault).__name__})") from fault
    if not instances:
        raise ConfigurationError(f"recognizers: {source.name}: a recognizer of Presidio's is required")
    yield from (Installed(source.name, recognizer) for recognizer in instances)


def _instance(candidate: Any) -> EntityRecognizer | None:
    """Return an instance of a recognizer's class, or one that is an instance already."""
    is_class = isinstance(candidate, type) and issubclass(candidate, EntityRecognizer)
    instance = candidate() if is_class else candidate
    return instance if isinstance(instance, EntityRecognizer) else None
