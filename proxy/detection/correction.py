"""Turns a false or missed finding into an entry of a list and a regression case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform import transform
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import Obligation, Operation, Payload, TextSpan
from proxy.detection import lists
from proxy.detection.lists import CHECKED, MOST_WORDS, ListedTerm
from proxy.detection.regression import LabelledSpan, LabelledText, disguised, fresh_id


class CorrectionRefusedError(ValueError):
    """The correction would not have its effect. The message says why and quotes no value."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A reviewer's verdict on one place of a text: that it is not a finding (``false``), or that it is one."""

    span: LabelledSpan
    false: bool
    tenant: str
    near: str = ""
    forced: bool = False
    clear: bool = False


def entry(text: str, correction: Correction, key: bytes) -> ListedTerm:
    """Return the list entry, with a keyed digest of the value unless it is ``clear``.

    Raises:
        CorrectionRefusedError: a checked number, or a value that no list can hold.

    """
    span = correction.span
    value = text[span.start : span.end].strip()
    words = len(lists.words(value))
    if not words:
        raise CorrectionRefusedError("the value holds no letter and no digit")
    if correction.false and span.entity_type in CHECKED and not correction.forced:
        raise CorrectionRefusedError(
            f"{span.entity_type} carries a checksum or a fixed form: only a forced entry hides it"
        )
    if not correction.false and words > MOST_WORDS and not correction.clear:
        raise CorrectionRefusedError(f"a value of more than {MOST_WORDS} words can only be listed in clear")
    if correction.near and not lists.folded(correction.near):
        raise CorrectionRefusedError("the word that must stand near holds no letter and no digit")
    term = ListedTerm(
        tenant=correction.tenant,
        list=lists.ALLOW if correction.false else lists.DENY,
        type=span.entity_type,
        near=correction.near,
        forced=correction.forced and correction.false,
    )
    if correction.clear:
        return replace(term, value=value)
    hashed = lists.digest(key, correction.tenant, value)
    return replace(term, digest=hashed, words=0 if correction.false else words)


def case(text: str, correction: Correction) -> LabelledText:
    """Return the regression case with the text as it is."""
    places = (correction.span,)
    return LabelledText(
        id=fresh_id(),
        text=text,
        tenant=correction.tenant,
        findings=() if correction.false else places,
        absent=places if correction.false else (),
    )


def surrogate(
    text: str, findings: Sequence[Finding], correction: Correction, kinds: Mapping[str, str], minter: Minter
) -> LabelledText:
    """Return the regression case with the findings around the value replaced by pseudonyms.

    A value marked false stays, because it is nobody's. A missed one is replaced by a random one of the same shape, so
    that no list knows it: the case is open until the recognizers find such values.
    """
    span = correction.span
    value = text[span.start : span.end]
    shown_value = value if correction.false else disguised(value)
    parts = (text[: span.start], value, text[span.end :])
    around = [_within(findings, low, high) for low, high in ((0, span.start), (span.end, len(text)))]
    itself = () if correction.false else (Finding(span.entity_type, 0, len(value), 1.0, "marked"),)
    payload = Payload(
        {}, Operation.CHAT, "", stream=False, stateful=False, tools=False,
        spans=tuple(TextSpan("", "", part) for part in parts),
    )  # fmt: skip
    segments = [SegmentFindings(findings_of_part) for findings_of_part in (around[0], itself, around[1])]
    changed = transform(payload, segments, (Obligation("case", "pseudonymize"),), minter, kinds).texts
    before, behind = changed.get(0, parts[0]), changed.get(2, parts[2])
    moved = replace(span, start=len(before), end=len(before) + len(shown_value))
    return replace(case(before + shown_value + behind, replace(correction, span=moved)), open=not correction.false)


def _within(findings: Sequence[Finding], low: int, high: int) -> tuple[Finding, ...]:
    """Return the findings within [low, high) of the text, with offsets relative to ``low``."""
    return tuple(
        replace(finding, start=max(finding.start, low) - low, end=min(finding.end, high) - low)
        for finding in findings
        if finding.start < high and low < finding.end
    )
