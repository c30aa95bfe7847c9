"""Remove values that full detection found in a reply: names, places, conditions.

Patterns do not find them, so they cannot be removed from a stream. ``Removal`` works on whole texts and replaces each
value wherever it is a word of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from proxy.core.deidentification.operators import label
from proxy.core.findings import SegmentFindings


def values(
    texts: Iterable[str], segments: Iterable[SegmentFindings], types: frozenset[str], spared: Callable[[str, str], bool]
) -> Mapping[str, str]:
    """Return value -> entity type for the findings of these types that are not spared."""
    removed = {}
    for text, segment in zip(texts, segments, strict=True):
        for finding in segment.findings:
            value = text[finding.start : finding.end].strip()
            if finding.entity_type in types and value and not spared(finding.entity_type, value):
                removed[value] = finding.entity_type
    return removed


#: Where a word may begin, and that it goes on.
_BEGINNING, _WORD = re.compile(r"(?<!\w)\S"), re.compile(r"\w").match
#: Characters by which a value is looked up.
_HEAD = 3


@dataclass(slots=True)
class Removal:
    """Replaces values by their labels, the longest first, and counts them by type."""

    values: Mapping[str, str]
    types: Counter[str] = field(default_factory=Counter)
    _lengths: dict[str, Sequence[int]] = field(init=False)  # of values, by how they begin

    def __post_init__(self) -> None:
        """Index the values."""
        lengths: dict[str, set[int]] = {}
        for value in self.values:
            lengths.setdefault(value[:_HEAD], set()).add(len(value))
        self._lengths = {head: sorted(sizes, reverse=True) for head, sizes in lengths.items()}

    def __call__(self, text: str) -> str:
        """Return a whole text with the values replaced."""
        pieces: list[str] = []
        done = 0
        for beginning in _BEGINNING.finditer(text) if self.values else ():
            at = beginning.start()
            if at >= done and (value := self._at(text, at)):
                kind = self.values[value]
                self.types[kind] += 1
                pieces += (text[done:at], label(kind))
                done = at + len(value)
        return "".join((*pieces, text[done:]))

    def _at(self, text: str, at: int) -> str:
        """Return the longest value that is a word of its own at an offset, "" for none."""
        for size in range(_HEAD, 0, -1):
            for length in self._lengths.get(text[at : at + size], ()):
                value = text[at : at + length]
                if value in self.values and _WORD(text, at + length) is None:
                    return value
        return ""
