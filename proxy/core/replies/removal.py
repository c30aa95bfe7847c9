"""Take values that detection found in a whole reply out of its texts: names, places, conditions.

Patterns do not tell them, so they cannot be taken out of a text while it arrives. ``Removal`` works on whole texts:
each value goes wherever it stands as a word of its own.
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
    """Return value -> entity type of what was found of these types and is not spared."""
    found = {}
    for text, segment in zip(texts, segments, strict=True):
        for one in segment.findings:
            value = text[one.start : one.end].strip()
            if one.entity_type in types and value and not spared(one.entity_type, value):
                found[value] = one.entity_type
    return found


@dataclass(slots=True)
class Removal:
    """Replaces values by their labels and counts them by type."""

    values: Mapping[str, str]
    types: Counter[str] = field(default_factory=Counter)
    _pattern: re.Pattern[str] | None = None

    def __call__(self, text: str) -> str:
        """Return a whole text without the values."""
        if not self.values:
            return text
        if self._pattern is None:
            longest = sorted(self.values, key=len, reverse=True)
            self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")
        return self._pattern.sub(self._taken, text)

    def _taken(self, match: re.Match[str]) -> str:
        kind = self.values[match.group()]
        self.types[kind] += 1
        return label(kind)
