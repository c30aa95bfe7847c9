"""The residual scan: values that were to be removed and are still in the outgoing texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from proxy.core.deidentification.surrogates import LOOKS_LIKE_PSEUDONYM
from proxy.core.findings import Finding
from proxy.core.records import Transformed
from proxy.core.search.disguises import Clues, Disguises, clues
from proxy.core.search.occurrences import APART, Hit, Occurrences, Reader, disjoint, is_meant
from proxy.core.search.readings import LONG, readings_of

#: Type labels, keyed hashes and masked numbers, as the operators write them.
_LABEL = re.compile(r"\[[A-Z][A-Z0-9_]*(?::[A-Z]+)?\]")
_OURS = re.compile(_LABEL.pattern + r"|\d{0,6}\*{4,}\d{0,4}|" + LOOKS_LIKE_PSEUDONYM.pattern)
#: A word of a dialect that no caller chose, such as a model's name, or several.
_OWN = re.compile(r"\S+(?:, ?\S+)*").fullmatch
_FEW = 64  # pseudonyms up to which replacing each is faster
_MARGIN = 64  # characters around a finding in which one of our replacements may begin or end


def left_of_values(leaves: Sequence[str], changed: Transformed, read: Reader = readings_of) -> int:
    """Return the number of removed values left in the encoded request; only a request with 0 may leave.

    Args:
        leaves: every text, key and number of the outgoing body, as the dialect's codec reads it.
        changed: the transform's result; every removed value is searched in every form that
            ``proxy.core.search.occurrences`` knows, including escaped and encoded ones.
        read: what returns the readings of texts.

    """
    return _values(leaves, changed, read) if changed.removed else 0


def _all_clues(texts: Sequence[str]) -> list[Clues]:
    return list(map(clues, texts))


def disguised(
    texts: Sequence[str], changed: Transformed, clues_of: Callable[[Sequence[str]], Sequence[Clues]] = _all_clues
) -> int:
    """Return the number of texts that hold a removed value backwards, as codes, letter by letter or shifted."""
    disguises = Disguises(changed.removed, changed.people)
    alike: dict[tuple[Clues, bool], list[str]] = {}
    for text, seen in zip(texts, clues_of(texts), strict=True):
        alike.setdefault((seen, text.isascii()), []).append(text)
    return sum(
        sum(disguises.among(text, seen) for text in some)
        for (seen, _), some in alike.items()
        if disguises.among(APART.join(some), seen)
    )


def residual(
    texts: Sequence[str],
    changed: Transformed,
    scan: Callable[[str], Sequence[Finding]],
    is_nothing: Callable[[int, str], bool] = lambda _index, _value: False,
) -> int:
    """Return the number of values of covered types that the pattern tier finds in the changed texts.

    Args:
        texts: the outgoing texts, aligned with the payload's outgoing spans.
        changed: the transform's result.
        scan: the pattern tier.
        is_nothing: whether detection read a value in the text of an index as it came and found nothing in it.

    """
    left = 0
    if changed.labelled:
        texts = [changed.labelled.get(text, text) for text in texts]
    for index in changed.texts:
        text = texts[index]
        for finding in scan(text):
            value = text[finding.start : finding.end]
            if finding.entity_type in changed.covered and value not in changed.pseudonyms:
                left += not (_is_ours(text, finding) or is_nothing(index, _before(value, changed)))
    return left


def _before(value: str, changed: Transformed) -> str:
    """Return a value with the originals of the pseudonyms in it."""
    return LOOKS_LIKE_PSEUDONYM.sub(lambda match: changed.pseudonyms.get(match.group(), match.group()), value)


def _values(texts: Sequence[str], changed: Transformed, read: Reader) -> int:
    occurrences: Occurrences = changed.occurrences or Occurrences(changed.removed, changed.people)
    if not occurrences.among(_without_stand_ins(texts, changed), read):
        return 0
    callers = {*changed.texts.values(), *changed.labelled.values(), *changed.free}
    dialects = {text for text in texts if text in changed.spared or (text not in callers and _OWN(text) is not None)}
    return sum(len(_meant(text, occurrences, changed, defined=text in dialects)) for text in texts)


def _meant(text: str, occurrences: Occurrences, changed: Transformed, *, defined: bool) -> list[Hit]:
    """Return the occurrences that the transform would have replaced; ``own``: a definition or a word of the dialect."""
    text, weak = _OURS.sub(APART, text), changed.weak
    hits = occurrences.every(text)
    return disjoint(
        hit for hit in hits if is_meant(text, hit, weak=hit.value in weak, prose=not defined, defined=defined)
    )


def _without_stand_ins(texts: Sequence[str], changed: Transformed) -> list[str]:
    """Return the texts without our labels and pseudonyms, which are long enough to be tried as encoded parts."""
    texts = [_LABEL.sub(APART, text) if "[" in text else text for text in texts]
    if len(changed.pseudonyms) <= _FEW:
        together = APART.join(texts)
        for pseudonym in changed.pseudonyms:
            if len(pseudonym) >= LONG and pseudonym in together:
                texts = [text.replace(pseudonym, APART) for text in texts]
    return texts


def _is_ours(text: str, finding: Finding) -> bool:
    """Whether the finding consists of, or lies within, one of our replacements."""
    start = max(finding.start - _MARGIN, 0)
    for match in _OURS.finditer(text, start, min(finding.end + _MARGIN, len(text))):
        if match.start() < finding.end and finding.start < match.end():
            rest = (
                text[finding.start : max(match.start(), finding.start)]
                + text[min(match.end(), finding.end) : finding.end]
            )
            if not any(map(str.isalnum, rest)):
                return True
    return False
