"""Ages: of minors, of people over 89, and beside other identifiers of a person.

An age under ninety identifies nobody by itself (45 CFR 164.514(b)(2)(i)(C)); it is reported beside a name or another
identifier, and where people state their own age or that of a relative.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from proxy.core.entities import with_trait
from proxy.core.findings import Finding
from proxy.detection.languages import alternatives, words
from proxy.detection.text.sparse import Sparse

_YEARS, _INFANT = alternatives("age_units"), alternatives("infant_units")
_WITH_UNIT = Sparse(rf"(?<![\w.,/-])(?P<v>[0-9]{{1,3}}){_YEARS}", rf"[0-9]{{1,3}}{_YEARS}", re.IGNORECASE)
_MONTHS = Sparse(rf"(?<![\w.,/-])(?P<v>[0-9]{{1,2}}){_INFANT}", rf"[0-9]{{1,2}}{_INFANT}", re.IGNORECASE)
_FIELD = Sparse(
    rf"\b{alternatives('age_labels')}[\"']?(?: (?:of|is|von|de|di))?[ ]?[:=]?[ ]?[\"']?"
    r"(?P<v>[0-9]{1,3})(?![\w.,/-]?[0-9])",
    alternatives("age_labels"),
    re.IGNORECASE,
)
_IN_SENTENCE = Sparse(
    rf"\b{alternatives('tells_age')} (?:just |only |now |already )?"
    rf"(?P<v>[0-9]{{1,3}})(?=[ ]?(?:[.,](?!\d)|[;!?)]|$|{alternatives('behind_age')})|[ ]?$)",
    rf"{alternatives('tells_age')} (?:just |only |now |already )?[0-9]",
    re.IGNORECASE | re.MULTILINE,
)
_MINOR_WORDS = Sparse(rf"\b{alternatives('minors')}\b", alternatives("minors"), re.IGNORECASE)
_MONTH_YEAR = re.compile(r"[^\W\d_]{3,12}\.?(?:,? (?:of |de |del )?(?:19|20)[0-9]{2})?")
_OWN = (
    rf"{alternatives('possessives')} {alternatives('own_people')}|(?:this|my|our|her|his) [0-9]{{1,2}}[- ]years?[- ]old"
)
_KIN = Sparse(rf"\b(?:{_OWN})\b", _OWN, re.IGNORECASE)
_ADULT = 18
_OLDEST = 120
_PROTECTED = 90
_OF_PERSON = with_trait("tells_apart")
_UNSURE = 0.45
_SURE = 0.85


def ages(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """Return the reportable ages, given the other findings of the text."""
    person = any(finding.entity_type in _OF_PERSON for finding in findings) or _KIN.search(text) is not None
    reportable: list[Finding] = []
    for pattern, in_sentence in ((_WITH_UNIT, False), (_MONTHS, False), (_FIELD, False), (_IN_SENTENCE, True)):
        for match in pattern.finditer(text):
            years = int(match.group("v")) if pattern is not _MONTHS else 0
            if years > _OLDEST:
                continue
            if years >= _PROTECTED or person or in_sentence:
                score = _SURE if years >= _PROTECTED else _UNSURE
                reportable.append(Finding("AGE", *match.span("v"), score, "age"))
    return reportable


def countable(text: str, finding: Finding, findings: Sequence[Finding]) -> bool:
    """Whether an age or a date is reportable: over 89, exact to the day, or beside an identifier of a person."""
    value = text[finding.start : finding.end]
    digits = "".join(c for c in value if c.isdigit())
    if finding.entity_type == "DATE":
        coarse = (
            finding.recognizer in {"date_month_year", "date_month_range", "date_month_slash"}
            or _MONTH_YEAR.fullmatch(value) is not None
        )
        return not coarse or any(f.entity_type in _OF_PERSON for f in findings)
    return (digits != "" and int(digits[:3]) >= _PROTECTED) or any(f.entity_type in _OF_PERSON for f in findings)


def minors(text: str) -> Iterator[int]:
    """Yield where a text concerns somebody under eighteen."""
    yield from (match.start() for pattern in (_MINOR_WORDS, _MONTHS) for match in pattern.finditer(text))
    for pattern in (_WITH_UNIT, _FIELD, _IN_SENTENCE):
        for match in pattern.finditer(text):
            if 0 < int(match.group("v")) < _ADULT and not (_duration(text, match) or _FROM.match(text, match.end())):
                yield match.start()


def minor(
    text: str,
    findings: Sequence[Finding] = (),
    programs: Callable[[str], Iterable[tuple[int, int, str]]] = lambda _: (),
) -> bool:
    """Whether the text concerns somebody under eighteen; in a program only beside an identifier of a person."""
    first = next(minors(text), None)
    if first is None or any(finding.entity_type in _OF_PERSON for finding in findings):
        return first is not None
    code = list(programs(text))
    return any(not any(start <= at < end for start, end, _ in code) for at in minors(text))


#: Behind the least age of those whom something is for.
_FROM = re.compile(
    r"\+| (?:and|or) (?:up|over|older|above)| und älter| et plus| en adelante| o más| in su| en ouder| ou mais"
)
_DURATION_BEFORE = re.compile(rf"{alternatives('durations')}\s+(?:the\s+)?(?:last\s+|past\s+)?$", re.IGNORECASE)
_AGE_SIGNS = words("age_signs")
_AGED = re.compile(rf"^ {alternatives('of_age')}", re.IGNORECASE)
_PERSON_BEFORE = re.compile(rf"{alternatives('aged_people')}(?: (?:de|di|von|van|ma|w wieku|of))? $", re.IGNORECASE)


def _duration(text: str, match: re.Match[str]) -> bool:
    """Whether a match is a duration, as in "for 5 years" or "hace 3 años"; "5-year-old" is always an age."""
    phrase = match.group().lower()
    if any(sign in phrase for sign in _AGE_SIGNS):
        return False
    return (
        True
        if match.re is _WITH_UNIT.exact
        and not _AGED.search(text[match.end() : match.end() + 12])
        and not _PERSON_BEFORE.search(text[max(0, match.start() - 30) : match.start()])
        else bool(_DURATION_BEFORE.search(text[max(0, match.start() - 20) : match.start()]))
    )
