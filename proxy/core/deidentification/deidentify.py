"""De-identify one text by the name of a profile or an operator, for the command line and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proxy.core.deidentification.profiles import PROFILES
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform import transform
from proxy.core.deidentification.transform_plan import TransformTerms
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.obligations import TRANSFORMS
from proxy.core.records import Obligation, Operation, Payload, TextSpan, Transformed

_NO_KINDS: Mapping[str, str] = {}


def apply_profile(
    text: str,
    findings: Sequence[Finding],
    profile: str,
    minter: Minter,
    kinds: Mapping[str, str] = _NO_KINDS,
    terms: TransformTerms | None = None,
) -> str:
    """Return the text de-identified by a profile, or by one operator for every identifier.

    Raises:
        ValueError: no profile or operator has this name.

    """
    changed = deidentified(text, findings, profile, minter, kinds, terms)
    return changed.texts.get(0, text)


def deidentified(
    text: str,
    findings: Sequence[Finding],
    profile: str,
    minter: Minter,
    kinds: Mapping[str, str] = _NO_KINDS,
    terms: TransformTerms | None = None,
) -> Transformed:
    """Return the result with pseudonyms, removed values and remarks; a changed text is ``texts[0]``."""
    if profile in PROFILES:
        obligation = Obligation(profile, "deidentify", profile=profile)
    elif profile in TRANSFORMS:
        obligation = Obligation(profile, profile)
    else:
        raise ValueError("unknown de-identification profile")
    payload = Payload(
        {}, Operation.CHAT, "", stream=False, stateful=False, tools=False, spans=(TextSpan("", "", text),)
    )
    return transform(payload, (SegmentFindings(tuple(findings)),), (obligation,), minter, kinds, terms)
