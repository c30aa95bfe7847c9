"""What only a whole text can tell, once its pieces are joined: the served path and the command line ask alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.people.nobody import without_bare
from proxy.detection.text import tables


def completed(text: str, segment: SegmentFindings, scan: Callable[[str], Sequence[Finding]]) -> SegmentFindings:
    """Add what the columns of tables say, then drop the guesses in a text that speaks of nobody."""
    return without_bare(text, tables.with_columns(text, segment, scan))
