"""A deployment's own recognizers, behind Presidio's ``EntityRecognizer``; they run in the confined workers.

What they report is checked, since offsets beyond the text or a score that is none would let a value through: the text
then counts as not read. Presidio's own names of types become ours; a type that nobody knows identifies.
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

_OURS: Final = {alias: name for name, one in ENTITIES.items() for alias in one.presidio}


class Installed:
    """One recognizer of the deployment's."""

    def __init__(self, name: str, presidio: EntityRecognizer) -> None:
        self.name = name
        self._presidio = presidio

    def find(self, text: str, artifacts: Any) -> list[Finding]:
        """Return what it reports.

        Raises:
            TypeError, ValueError: what it reports is nothing that can be in this text.

        """
        results = self._presidio.analyze(text, list(self._presidio.supported_entities), artifacts)
        if not isinstance(results, list):
            raise TypeError(f"recognizer {self.name}: a list of results is required")
        return [self._finding(text, one) for one in results]

    def _finding(self, text: str, result: Any) -> Finding:
        kind, start, end, score = result.entity_type, result.start, result.end, result.score
        whole = type(start) is int and type(end) is int and 0 <= start < end <= len(text)
        sure = isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 1
        if not (whole and sure and isinstance(kind, str) and NAME.fullmatch(kind)):
            raise ValueError(f"recognizer {self.name}: a result that cannot be in this text")
        return Finding(_OURS.get(kind, kind), start, end, float(score), self.name)


def load(where: Path | None) -> list[Installed]:
    """Return the recognizers of installed packages and of a folder, loaded.

    Raises:
        ConfigurationError: one cannot be loaded, or is no recognizer of Presidio's.

    """
    return [one for source in sources.sources(sources.RECOGNIZERS, where) for one in _loaded(source)]


def _loaded(source: sources.Source) -> Iterator[Installed]:
    try:
        found = [made for one in source.load() if (made := _made(one)) is not None]
        for one in found:
            one.load()
    except Exception as fault:
        raise ConfigurationError(f"recognizers: {source.name}: cannot be loaded ({type(fault).__name__})") from fault
    if not found:
        raise ConfigurationError(f"recognizers: {source.name}: a recognizer of Presidio's is required")
    yield from (Installed(source.name, one) for one in found)


def _made(one: Any) -> EntityRecognizer | None:
    """Return an instance of a recognizer's class, or one that is an instance already."""
    made: Any = one() if isinstance(one, type) and issubclass(one, EntityRecognizer) else one  # type: ignore[call-arg]
    return made if isinstance(made, EntityRecognizer) else None
