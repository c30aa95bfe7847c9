"""Safe Harbor's own rules: what a clinical text reveals beyond the plain identifiers.

Relatives, employers, facilities, counties and cities before a state, initials, fragments of numbers, ages, dates,
seasons and birth years (45 CFR 164.514(b)(2)(i) A, B, C and R; HHS guidance of 26 November 2012). English text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from proxy.core.findings import Finding
from proxy.core.geography import STATE_PATTERN
from proxy.core.search.names import initials

_RECOGNIZER = "safe_harbor"
_CAP = r"[A-Z\u00c0-\u00de][\w'\u2019.\-]{0,30}\w"
_NAME = rf"{_CAP}(?:[ ]+{_CAP}){{0,3}}"
_ORG = rf"{_CAP}(?:[ ]+(?:(?:of|the|and|for|&)[ ]+){{0,2}}{_CAP}){{0,5}}"
_KIN = (
    "wife|husband|spouse|partner|fianc[eé]e?|mother|father|mom|mum|dad|parents?|son|daughter|child|brother|sister|"
    "siblings?|twin|aunt|uncle|cousin|niece|nephew|grand(?:mother|father|son|daughter|child|ma|pa)|"
    "step(?:mother|father|son|daughter)|(?:mother|father|son|daughter|brother|sister)-in-law|"
    "girlfriend|boyfriend|neighbou?r|roommate|caregiver|guardian|widow(?:er)?"
)
_WORK = (
    "employer|employed (?:by|at|with)|works? (?:for|at)|worked (?:for|at)|working (?:for|at)|job (?:at|with)|"
    "hired by|fired (?:by|from)|retired from|colleagues? (?:at|from)|boss at|manager at"
)
_FACILITY = (
    "Hospital|Clinic|(?:Medical|Health|Cancer|Surgery|Rehabilitation|Rehab|Trauma|Care|Wellness|Dialysis) "
    "Cent(?:er|re)|"
    "Hospice|Infirmary|Sanatorium|Nursing Home|Care Home|Pharmacy|Laborator(?:y|ies)|Practice|School|Academy|"
    "University|College|Church|Prison|Jail|Shelter"
)
_NOT_A_PLACE = r"(?!(?:From|In|At|Near|To|Of|Lives|Living|Moved|Born|Visited|The|He|She|They|Patient|Pt|Resident)\b)"
_MONTH = (
    "Jan(?:uary|\\.)?|Feb(?:ruary|\\.)?|Mar(?:ch|\\.)?|Apr(?:il|\\.)?|May|June?|July?|"
    "Aug(?:ust|\\.)?|Sept?(?:ember|\\.)?|Oct(?:ober|\\.)?|Nov(?:ember|\\.)?|Dec(?:ember|\\.)?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_FULL_YEAR = r"(?:1[89]|2[01])\d\d"
_NUMERIC_DATE = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}|" + "|".join(
    rf"\d{{1,2}}{mark}\d{{1,2}}{mark}(?:\d{{4}}|\d{{2}})" for mark in ("/", r"\.", "-")
)
_NAMED_DATE = rf"(?:{_DAY}[ ]+(?:of[ ]+)?)?(?:{_MONTH})(?:[ ]+{_DAY})?,?(?:[ ]+{_FULL_YEAR})?"
_MONTH_FIRST = rf"(?:{_MONTH})[ ]+{_DAY}\b(?:,?[ ]+{_FULL_YEAR})?|(?:{_MONTH}),?[ ]+(?:of[ ]+)?{_FULL_YEAR}"
_SPELLED = r"ninety(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|(?:one |a )?hundred(?: and \w+)?"
_OLD = r"(?:y\.?/?o\.?(?!\w)|yrs?\b|years?[- ]old|years? of age|-?year-old)"
_DISTRICT = "County|Parish|Borough|Township|Precinct|Village"
_BORN = r"\b(?:dob|d\.o\.b\.?|date of birth|birth\s?date|born|birthday)[\s:]*(?:(?:on|in|is|was)\s+)*"
_DATED = r"\b(?:on|since|until|from|dated|by)\s+"
_AROUND = r"\b(?:in|on|since|until|by|of|during|last|next|this|early|late|mid)[ -]+"
_SEASON = r"\b(?:in|during|since|last|this|next|of|early|late|mid)[ -]+(?:the[ ]+)?"
_HOLIDAY = "Christmas(?: Eve| Day)?|Thanksgiving|Easter|New Year's(?: Eve| Day)?|Labor Day|Memorial Day"
_ENDING = r"(?<!year )(?<!quarter )(?<!period )\bend(?:ing|s|ed)?\s+(?:in\s+|with\s+|on\s+)?(?:the\s+digits\s+)?#?"
_LAST_DIGITS = (
    r"\blast\s+(?:four|4|three|3|five|5|six|6)(?:\s+(?:digits?|numbers?))?"
    r"(?:\s+of\s+(?:(?:the|his|her|my|their|your)\s+)?[a-z]+(?:\s+security)?(?:\s+number)?)?"
    r"\s*(?:is|are|was|were|[:=#])?\s*"
)
_HIDDEN = r"[xX*#\u2022\u25cf]{2,12}(?:[- ][xX*#\u2022\u25cf]{2,12}){0,3}[- ]?"


def _rule(entity_type: str, pattern: str) -> tuple[str, re.Pattern[str]]:
    return entity_type, re.compile(pattern)


#: Each pattern's group "v" (or "w") is the value. What may be capitalised stands in (?i:...) groups.
_RULES = (
    _rule("PERSON", rf"\b(?i:{_KIN})\b,?\s+(?:(?:is|was|named|called)\s+)?(?P<v>{_NAME})"),
    _rule("PERSON", r"(?i:\binitials?\b[:\s]+(?:are\s+|is\s+)?)(?P<v>(?:[A-Z]\.?[ -]?){1,3}[A-Z]\b\.?)"),
    _rule("ORGANIZATION", rf"\b(?i:{_WORK})\b,?:?\s+(?:(?:is|was|named|called|the)\s+)?(?P<v>{_ORG})"),
    _rule("ORGANIZATION", rf"\b(?P<v>{_ORG}[ ]+(?:{_FACILITY}))\b"),
    _rule("ORGANIZATION", rf"\b(?P<v>(?:{_FACILITY})[ ]+of[ ]+{_NAME})"),
    _rule("LOCATION", rf"\b{_NOT_A_PLACE}(?P<v>{_NAME}[ ]+(?:{_DISTRICT}))\b"),
    _rule(
        "LOCATION",
        rf"\b{_NOT_A_PLACE}(?P<v>{_NAME}(?:,[ ]*{_NAME}[ ]+(?:{_DISTRICT}))?),[ ]*(?:{STATE_PATTERN})\b",
    ),
    _rule("ZIP_CODE", r"(?i:\bzip(?:[ -]?code)?s?\b:?#?\s*(?:is\s+)?)(?P<v>\d{5}(?:-?\d{4})?)(?!\d)"),
    _rule("ZIP_CODE", rf"\b(?:{STATE_PATTERN})[ ]+(?P<v>\d{{5}}(?:-\d{{4}})?)(?!\d)"),
    _rule("AGE", rf"(?<![\w.])(?P<v>\d{{2,3}})(?=[\s-]*(?i:{_OLD}))"),
    _rule("AGE", r"(?i:\bage[ds]?\b:?\s+(?:of\s+|is\s+)?)(?P<v>\d{2,3})(?![\d/.-]\d|\d)"),
    _rule("AGE", r"(?i:\bturn(?:ed|ing|s)\s+)(?P<v>\d{2,3})(?!\w|\s*(?:degrees?|percent|%|\u00b0))"),
    _rule("AGE", r"(?<!\w)(?P<v>\d{2,3})(?=(?:st|nd|rd|th)\s+(?i:birthday))"),
    _rule("AGE", rf"\b(?P<v>(?i:{_SPELLED}))(?=[- ](?i:years?[- ]old))"),
    _rule("AGE", r"\b(?P<v>(?i:(?:early |mid |late )?nineties|nonagenarian|centenarian))\b"),
    _rule("DATE_OF_BIRTH", rf"(?i:{_BORN})(?P<v>(?:{_NUMERIC_DATE})|{_NAMED_DATE}|{_FULL_YEAR})"),
    _rule("DATE_OF_BIRTH", rf"(?i:\b(?:birth year|year of birth|yob)\b[\s:]*(?:is\s+|was\s+)?)(?P<v>{_FULL_YEAR})"),
    _rule("DATE", rf"(?<![\w/.\-])(?P<v>(?:{_NUMERIC_DATE}))(?![\w/]|[.\-]\d)"),
    _rule("DATE", rf"(?<![\w/.])(?P<v>(?:0?[1-9]|1[0-2])/{_FULL_YEAR})(?![\w/])"),
    _rule("DATE", rf"(?i:{_DATED})(?P<v>(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01]))(?![\w/])"),
    _rule("DATE", rf"\b(?P<v>{_DAY}[ ]+(?:of[ ]+)?(?:{_MONTH})(?!\w)\.?(?:,?[ ]+{_FULL_YEAR})?)"),
    _rule("DATE", rf"\b(?P<v>{_MONTH_FIRST})"),
    _rule("DATE", rf"(?i:{_AROUND})(?P<v>{_MONTH})(?!\w)"),
    _rule("DATE", r"\b(?P<v>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?)\b"),
    _rule("DATE", rf"(?i:{_SEASON})(?P<v>(?i:spring|summer|autumn|winter)\b(?:[ ]+(?:of[ ]+)?{_FULL_YEAR})?)"),
    _rule("DATE", r"(?i:\b(?:last|this|next)[ ]+)(?P<v>(?i:fall))\b"),
    _rule("DATE", rf"\b(?P<v>(?i:fall)[ ]+(?:of[ ]+)?{_FULL_YEAR})"),
    _rule("DATE", rf"\b(?P<v>{_HOLIDAY})\b"),
    _rule("US_SSN", r"(?i:\b(?:ssn|ss#|social security)(?!\w)[^.\n\d]{0,40}?)(?P<v>\d{2,6})(?![\d-]*\d)"),
    _rule("US_SSN", r"(?i:\b(?:ssn|ss#|social security)(?!\w)[^.\n\d]{0,40}?)(?P<v>\d{3}[- ]?\d{2}[- ]?\d{4})(?!\d)"),
    _rule("BANK_ACCOUNT", rf"(?i:{_ENDING})(?P<v>\d{{3,6}})(?!\d)"),
    _rule("BANK_ACCOUNT", rf"(?i:{_LAST_DIGITS})(?P<v>\d{{3,6}})(?!\d)"),
    _rule("BANK_ACCOUNT", rf"(?<!\w){_HIDDEN}(?P<v>\d{{2,6}})(?!\d)"),
)


def notice_safe_harbor(text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return further findings: those of the rules, and the initials of the names found."""
    return (*_by_rule(text), *_by_initials(text, findings))


def _by_rule(text: str) -> Iterator[Finding]:
    for entity_type, pattern in _RULES:
        for match in pattern.finditer(text):
            group = "v" if match["v"] is not None else "w"
            yield Finding(entity_type, match.start(group), match.end(group), 1.0, _RECOGNIZER)


def _by_initials(text: str, findings: Sequence[Finding]) -> Iterator[Finding]:
    names = {initials(text[f.start : f.end]) for f in findings if f.entity_type == "PERSON"}
    for letters in names:
        if not 2 <= len(letters) <= 4:  # noqa: PLR2004  (one letter tells nothing, five are not initials)
            continue
        dotted = r"\.[ ]?(?:[A-Z]\.[ ]?)?".join(map(re.escape, letters))
        plain = re.escape(letters)
        pattern = rf"\b(?P<v>{dotted}\.?)(?!\w)|\b(?i:patient|pt|client|mr|mrs|ms)\.?:?[ ]+(?P<w>{plain})(?!\w)"
        for match in re.finditer(pattern, text):
            group = "v" if match["v"] is not None else "w"
            yield Finding("PERSON", match.start(group), match.end(group), 1.0, _RECOGNIZER)
