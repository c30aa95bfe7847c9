"""Ages: of minors, of people over 89, and of a person who is otherwise told apart in the text.

An age under ninety identifies nobody (45 CFR 164.514(b)(2)(i)(C)); it is reported beside a name or another
identifier, or where somebody tells their own or a relative's.
"""

# ruff: noqa: E501 -- tables and patterns are read line by line
from __future__ import annotations

import re
from collections.abc import Sequence

from proxy.core.entities import with_trait
from proxy.core.findings import Finding

_UNIT = (
    r"(?:[- ]?(?:years?[- ]old|years? of age|year[- ]olds?|y/?o\b|yo\b|yrs?\.?[- ]old|yr[- ]old|-?y\.?o\.?\b)|[- ]?j[äa]hr(?:ig[a-z]{0,2}|\.)|-?j\.|[ ]?Jahre(?:n)?(?: alt)?|[ ]ans\b|[ ]a[ñn]os\b"
    r"|[ ]anni\b|[ ]anos\b|[- ]?jarige?\b|[ ]jaar(?: oud)?\b|[ ]?-?letni[a-z]{0,4}\b|[ ]lat(?:a|ek)?\b|[ ]years?\b(?=[ ,.]|$))"
)
_MONTHS_UNIT = r"(?:[- ]?(?:months?[- ]old|month[- ]old|mo\b|weeks?[- ]old|days?[- ]old)|[ ](?:meses|mesi|mois|monate alt|maanden oud|miesięcy|miesi[ąa]c[a-z]{0,2})\b|[ ]?monate alt)"
_WITH_UNIT = re.compile(rf"(?<![\w.,/-])(?P<v>[0-9]{{1,3}}){_UNIT}", re.IGNORECASE)
_MONTHS = re.compile(rf"(?<![\w.,/-])(?P<v>[0-9]{{1,2}}){_MONTHS_UNIT}", re.IGNORECASE)
_FIELD = re.compile(
    r"\b(?:age[ds]?|aging|alter|[âa]ge|[âa]g[ée]e?(?: de)?|edad|et[àa]|idade|leeftijd|wiek|wieku)[\"']?(?: (?:of|is|von|de|di))?[ ]?[:=]?[ ]?[\"']?(?P<v>[0-9]{1,3})(?![\w.,/-]?[0-9])",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:i'm|i am|i'll turn|he's|she's|he is|she is|who is|turned|turning|turns|just turned|ich bin|er ist|sie ist|bin|j'ai|il a|elle a|tengo|tiene|ho|ha|tenho|tem|ik ben|hij is|zij is|mam|ma)"
    r" (?:just |only |now |already )?(?P<v>[0-9]{1,3})(?=[ ]?(?:[.,;!?)]|$|and|years?|und|y |y/o|jahre|ans|años|anni|anos|jaar|lat)|[ ]?$)",
    re.IGNORECASE | re.MULTILINE,
)
_MINOR_WORDS = re.compile(
    r"\b(?:newborns?|neonat(?:e|es|al)|infants?|toddlers?|minor child(?:ren)?|underage|(?:1st|2nd|3rd|[4-9]th|10th|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)[- ]grader?s?|preschooler|kindergart(?:en|ner)s?|elementary school (?:pupil|student)|middle school(?:er)?"
    r"|minderj[äa]hrig\w*|neugeborene\w*|s[äa]ugling\w*|kleinkind\w*|grundsch[üu]ler\w*|mineure?s?|nourrissons?|nouveau-n[ée]\w*|menor(?:es)? de edad|lactantes?|reci[ée]n nacid[oa]s?|escolar de|minorenn[ei]|neonat[oiae]|menor(?:es)? de idade|rec[ée]m-nascid[oa]s?"
    r"|minderjarig\w*|zuigeling\w*|peuters?|ma[łl]oletni\w*|nieletni\w*|noworod\w*|niemowl\w*)\b",
    re.IGNORECASE,
)
_MONTH_YEAR = re.compile(r"[^\W\d_]{3,12}\.?(?:,? (?:of |de |del )?(?:19|20)[0-9]{2})?")
_KIN = re.compile(
    r"\b(?:my|his|her|our|their|mein|meine|mi|mon|ma|mio|mia|meu|minha|mijn|m[óo]j|moja) (?:father|mother|dad|mom|mum|brother|sister|son|daughter|wife|husband|uncle|aunt|grand\w+|boss|friend|partner|child|kids?|vater|mutter|sohn|tochter|frau|mann|padre|madre|hijo|hija|p[èe]re|m[èe]re|fils|fille|figlio|figlia|pai|m[ãa]e|filho|filha|vader|moeder|zoon|dochter|ojciec|matka|syn|c[óo]rka)\b|\b(?:this|my|our|her|his) [0-9]{1,2}[- ]years?[- ]old\b",
    re.IGNORECASE,
)
_ADULT = 18
_OLDEST = 120
_PROTECTED = 90
_OF_PERSON = with_trait("tells_apart")
_UNSURE = 0.45
_SURE = 0.85


def ages(text: str, others: Sequence[Finding]) -> list[Finding]:
    """Return the ages that count, given the other findings of the text."""
    person = any(finding.entity_type in _OF_PERSON for finding in others) or _KIN.search(text) is not None
    found: list[Finding] = []
    for pattern, telling in ((_WITH_UNIT, False), (_MONTHS, False), (_FIELD, False), (_TOLD, True)):
        for match in pattern.finditer(text):
            years = int(match.group("v")) if pattern is not _MONTHS else 0
            if years > _OLDEST:
                continue
            if years >= _PROTECTED or person or telling:
                score = _SURE if years >= _PROTECTED else _UNSURE
                found.append(Finding("AGE", *match.span("v"), score, "age"))
    return found


def countable(text: str, finding: Finding, others: Sequence[Finding]) -> bool:
    """Whether an age or a date counts: over 89, to the day, or beside something that tells the person apart."""
    value = text[finding.start : finding.end]
    digits = "".join(c for c in value if c.isdigit())
    if finding.entity_type == "DATE":
        coarse = (
            finding.recognizer in {"date_month_year", "date_month_range", "date_month_slash"}
            or _MONTH_YEAR.fullmatch(value) is not None
        )
        return not coarse or any(f.entity_type in _OF_PERSON for f in others)
    return (digits != "" and int(digits[:3]) >= _PROTECTED) or any(f.entity_type in _OF_PERSON for f in others)


def minor(text: str) -> bool:
    """Whether the text speaks of somebody under eighteen."""
    if _MINOR_WORDS.search(text) is not None or _MONTHS.search(text) is not None:
        return True
    return any(
        0 < int(match.group("v")) < _ADULT
        for pattern in (_WITH_UNIT, _FIELD, _TOLD)
        for match in pattern.finditer(text)
        if not _duration(text, match)
    )


_DURATION_BEFORE = re.compile(
    r"(?:for|past|last|over|within|after|ago|every|in|since|of|seit|vor|nach|depuis|pendant|il y a|desde hace|hace|durante|da|per|há|sinds|al|od|przez|temu|x)\s+(?:the\s+)?(?:last\s+|past\s+)?$",
    re.IGNORECASE,
)


def _duration(text: str, match: re.Match[str]) -> bool:
    """Durations are no ages: "for 5 years", "hace 3 años"; "5-year-old" always is one."""
    phrase = match.group().lower()
    if any(sign in phrase for sign in ("old", "y/o", "yo", "age", "alt", "edad", "jährig", "jarig", "letni", "oud")):
        return False
    return (
        True
        if match.re is _WITH_UNIT
        and not _AGED.search(text[match.end() : match.end() + 12])
        and not _PERSON_BEFORE.search(text[max(0, match.start() - 30) : match.start()])
        else bool(_DURATION_BEFORE.search(text[max(0, match.start() - 20) : match.start()]))
    )


_AGED = re.compile(r"^ (?:de edad|d'[âa]ge|di et[àa]|de idade|oud|alt)", re.IGNORECASE)
_PERSON_BEFORE = re.compile(
    r"(?:ni[ñn][oa]|paciente|mujer|var[óo]n|hombre|chic[oa]|hij[oa]|gar[çc]on|fille|fils|enfant|bambin[oa]|ragazz[oa]|figli[oa]|menin[oa]|filh[oa]|crian[çc]a|jongen|meisje|kind|dziecko|syn|c[óo]rka|ch[łl]opiec|dziewczynka)(?: (?:de|di|von|van|ma|w wieku|of))? $",
    re.IGNORECASE,
)
