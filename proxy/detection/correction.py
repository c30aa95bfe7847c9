"""From a finding that is false, or one that is missed, to an entry of a list and a regression case."""

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
    """The correction would not do what is asked; the message says why and quotes no value."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody says about one place of a text: that it is no finding, or that it is one."""

    place: LabelledSpan
    false: bool
    tenant: str
    near: str = ""
    forced: bool = False
    clear: bool = False


def entry(text: str, correction: Correction, key: bytes) -> ListedTerm:
    """Return the list entry; its value is a keyed digest unless it is to be in clear.

    Raises:
        CorrectionRefusedError: a checked number, or a value no list can hold.

    """
    place = correction.place
    value = text[place.start : place.end].strip()
    words = len(lists.words(value))
    if not words:
        raise CorrectionRefusedError("the value holds no letter and no digit")
    if correction.false and place.entity_type in CHECKED and not correction.forced:
        raise CorrectionRefusedError(
            f"{place.entity_type} carries a checksum or a fixed form: only a forced entry hides it"
        )
    if not correction.false and words > MOST_WORDS and not correction.clear:
        raise CorrectionRefusedError(f"a value of more than {MOST_WORDS} words can only be listed in clear")
    if correction.near and not lists.folded(correction.near):
        raise CorrectionRefusedError("the word that must stand near holds no letter and no digit")
    made = ListedTerm(
        tenant=correction.tenant,
        list=lists.ALLOW if correction.false else lists.DENY,
        type=place.entity_type,
        near=correction.near,
        forced=correction.forced and correction.false,
    )
    if correction.clear:
        return replace(made, value=value)
    hashed = lists.digest(key, correction.tenant, value)
    return replace(made, digest=hashed, words=0 if correction.false else words)


def case(text: str, correction: Correction) -> LabelledText:
    """Return the regression case with the text as it is."""
    places = (correction.place,)
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
    """Return the regression case with everything personal replaced: the findings around by pseudonyms.

    A value marked false stays, because it is said to be nobody's. A missed one is replaced by one of the same shape,
    which no list knows: the case is open until the recognizers find such a value by themselves.
    """
    place = correction.place
    value = text[place.start : place.end]
    kept = value if correction.false else disguised(value)
    parts = (text[: place.start], value, text[place.end :])
    around = [_within(findings, low, high) for low, high in ((0, place.start), (place.end, len(text)))]
    itself = () if correction.false else (Finding(place.entity_type, 0, len(value), 1.0, "marked"),)
    payload = Payload(
        {}, Operation.CHAT, "", stream=False, stateful=False, tools=False,
        spans=tuple(TextSpan("", "", part) for part in parts),
    )  # fmt: skip
    segments = [SegmentFindings(found) for found in (around[0], itself, around[1])]
    changed = transform(payload, segments, (Obligation("case", "pseudonymize"),), minter, kinds).texts
    before, behind = changed.get(0, parts[0]), changed.get(2, parts[2])
    moved = replace(place, start=len(before), end=len(before) + len(kept))
    return replace(case(before + kept + behind, replace(correction, place=moved)), open=not correction.false)


def _within(findings: Sequence[Finding], low: int, high: int) -> tuple[Finding, ...]:
    """Return what of the findings lies in a part of the text, by its offsets."""
    return tuple(
        replace(one, start=max(one.start, low) - low, end=min(one.end, high) - low)
        for one in findings
        if one.start < high and low < one.end
    )
