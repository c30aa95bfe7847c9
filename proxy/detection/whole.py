"""What only a whole text can tell, once its pieces are joined: the served path and the command line ask alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.meaning.said import without_unsaid
from proxy.detection.patterns import armour
from proxy.detection.people.carriers import is_carrier, with_likely_people, without_unsupported
from proxy.detection.people.impersonal import without_bare, without_weak_names
from proxy.detection.people.public import with_public
from proxy.detection.people.records import with_records
from proxy.detection.people.roles import accounted
from proxy.detection.text import tables
from proxy.detection.text.fields import Cell


def postprocess(
    text: str,
    segment: SegmentFindings,
    scan: Callable[[str], Sequence[Finding]],
    columns: Iterable[Cell] = (),
    cells: Sequence[Cell] = (),
) -> SegmentFindings:
    """Add what the columns of tables say, then drop what identifies no person in this text, and mark public figures.

    ``columns`` are the cells of tables about people whose lines were laid out, ``cells`` all values of data in order.
    """
    segment = replace(segment, findings=armour.without_armoured(text, segment.findings))
    segment = tables.with_columns(text, segment, scan, columns)
    findings = without_weak_names(text, accounted(text, segment.findings), segment.status, segment.language)
    findings = without_unsupported(text, findings, cells)
    findings = with_likely_people(text, findings, cells)
    if cells and any(map(is_carrier, findings)):
        findings = with_records(text, findings, cells)
    findings = with_public(text, without_unsaid(text, findings, segment.language))
    return without_bare(text, replace(segment, findings=findings))
