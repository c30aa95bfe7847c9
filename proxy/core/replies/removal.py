"""Remove values that full detection found in a reply: names, places, conditions.

Patterns do not find them, so they cannot be removed from a stream. ``Removal`` works on whole texts and replaces each
value wherever it is a word of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from proxy.core.deidentification.operators import label
from proxy.core.findings import SegmentFindings


def values(
    texts: Iterable[str], segments: Iterable[SegmentFindings], types: frozenset[str], spared: Callable[[str, str], bool]
) -> Mapping[str, str]:
    """Return value -> entity type for the findings of these types that are not spared."""
    found = {}
    for text, segment in zip(texts, segments, strict=True):
        for finding in segment.findings:
            value = text[finding.start : finding.end].strip()
            if finding.entity_type in types and value and not spared(finding.entity_type, value):
                found[value] = finding.entity_type
    return found


@dataclass(slots=True)
class Removal:
    """Replaces values by their labels and counts them by type."""

    values: Mapping[str, str]
    types: Counter[str] = field(default_factory=Counter)
    _pattern: re.Pattern[str] | None = None

    def __call__(self, text: str) -> str:
        """Return a whole text with the values replaced."""
        if not self.values:
            return text
        if self._pattern is None:
            longest = sorted(self.values, key=len, reverse=True)
            self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")
        return self._pattern.sub(self._replacement, text)

    def _replacement(self, match: re.Match[str]) -> str:
        kind = self.values[match.group()]
        self.types[kind] += 1
        return label(kind)
