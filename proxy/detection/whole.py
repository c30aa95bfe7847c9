"""What only a whole text can tell, once its pieces are joined: the served path and the command line ask alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.people.nobody import without_bare
from proxy.detection.text import chunks, tables


def completed(text: str, segment: SegmentFindings, scan: Callable[[str], Sequence[Finding]]) -> SegmentFindings:
    """Settle what was found, add what the columns of tables say, drop the guesses in a text that speaks of nobody."""
    return without_bare(text, tables.with_columns(text, chunks.settled(text, segment), scan))
