"""Which guesses of the models are plausible in AI payloads: code, JSON, drugs and eponyms are not people."""

# ruff: noqa: RUF001 -- tables and patterns are read line by line
from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.languages import COUNTRIES, alternatives
from proxy.detection.languages import words as vocabulary
from proxy.detection.meaning.terms import TermFinder
from proxy.detection.merge import GUESSERS
from proxy.detection.patterns.recognizers.contact import is_unread
from proxy.detection.people.known_names import inflected, is_genitive, is_thing, status_of
from proxy.detection.people.product_names import named_after
from proxy.detection.people.vocabulary import FIRMS, NO_NAME, STREET, THINGS
from proxy.detection.text.context import unaccented
from proxy.detection.text.numbers import NUMBERED, is_other_number, is_postal
from proxy.detection.text.ordinary import LEAST, ordinary
from proxy.detection.text.paths import is_conventional, is_folder, is_member
from proxy.detection.text.sparse import Sparse

#: Tools, languages and products written like names, none of them a common name.
_TECHNOLOGY = frozenset(vocabulary("technology"))
_IMPERATIVE = re.compile(rf" {alternatives('objects')}\b[ ]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:]\s+|\n\s*|[\"“]\s*)\Z")
_START_REACH = 6
_SURE_NAME = 0.97


def symbol(text: str, finding: Finding) -> bool:
    """Whether a guessed name is a tool, or the verb at the start of a sentence."""
    value = text[finding.start : finding.end]
    if all(word.lower() in _TECHNOLOGY for word in value.split()):
        return finding.entity_type != "ORGANIZATION" or value.islower()  # a firm may be called like its product
    if finding.entity_type != "PERSON" or " " in value or not value[0].isupper() or finding.score >= _SURE_NAME:
        return False
    opens = _SENTENCE_START.search(text, max(0, finding.start - _START_REACH), finding.start) is not None
    return opens and _IMPERATIVE.match(text, finding.end) is not None


_EDGES = " \t\r\n\"'`.,;:!?()[]{}<>*_#|/\\=-–—…“”„«»"
_CODE = re.compile(r"[_{}<>=|\\@#$%^*~;]|[a-z][A-Z]{2}|\(\)|--|::|\w\.\w+\(")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
#: Names of people after whom a disease, a sign, a score or a device is named.
_EPONYMS = frozenset(vocabulary("eponyms"))
_EPONYM_AFTER = re.compile(
    rf"^(?:['’]s?)?[ -](?:{alternatives('eponym_fields')} )?{alternatives('eponym_things')}\b", re.IGNORECASE
)
_LAW_BEFORE = re.compile(rf"(?<![^\W_]){alternatives('law_before')}[ '’]?\Z", re.IGNORECASE)
_EPONYM_REACH = 32
_NO_PERSON = frozenset(vocabulary("no_person"))
#: Up to this score a guessed person of ordinary words is none, unless one of them is a name too: in general, and for a
#: single word in lower case, or an account.
_ORDINARY, _ORDINARY_SMALL = 0.6, 0.9
#: Up to this score a guessed person with the name of a country is the country.
_COUNTRY: Final = 0.9
#: A bare year, a time span or a weekday identifies nobody (45 CFR 164.514(b)(2)(i)(C) keeps the year).
_VAGUE = re.compile(alternatives("vague_dates"), re.IGNORECASE)
_CLINICAL_TEXT = Sparse(rf"\b{alternatives('medical_texts')}\b", alternatives("medical_texts"), re.IGNORECASE)
_DATED = re.compile(
    rf"[0-9]{{1,4}}[./-][0-9]{{1,2}}[./-]|[0-9]{{2}}/[0-9]|[0-9]/[0-9]{{2}}|[0-9]{{8}}|\b{alternatives('month_stems')}",
    re.IGNORECASE,
)
_SHORTEST_ACCOUNT = 3
#: Accounts of no person, and programs.
_NOBODY = frozenset((*vocabulary("accounts"), *vocabulary("technology")))
_DIGITS = re.compile(r"[0-9]+")
#: The name of a digest, or one: letters amid digits and digits amid letters, as no account of letter and number has.
_HASH = re.compile(r"sha-?\d{1,3}|md5|(?=[0-9a-f]*[0-9][a-f])(?=[0-9a-f]*[a-f][0-9])[0-9a-f]{7,64}")
_YEARS = range(1800, 2200)
_LEAST_PROFESSION = 0.85
_LONGEST_ACRONYM = 5
_NAMED = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "NATIONALITY", "STREET_ADDRESS"})
_CUT = frozenset(vocabulary("cut"))
_KIN: Final = re.compile(alternatives("kin"), re.IGNORECASE)
#: What models take a given name behind a family name for.
_GIVEN_TYPES = frozenset({"PERSON", "LOCATION"})
#: Languages with a genitive before a noun in capitals, and texts too short to tell.
GENITIVES = frozenset({"de", "und"})


class Doubts:
    """Decides which guesses to keep. Findings of patterns and of rules are not guesses."""

    def __init__(self, terms: TermFinder, trained: bool = False) -> None:
        self._terms = terms
        self._trained = trained  # whether the token classifier is in use too: then spaCy counts for less

    def settle(self, text: str, findings: Sequence[Finding]) -> list[Finding]:
        """Drop the implausible guesses, and trim the edges of the others."""
        clinical = self._trained and _CLINICAL_TEXT.search(text) is not None
        plausible = []
        for finding in findings:
            if finding.recognizer not in GUESSERS:
                plausible.append(finding)
            elif (plain := trimmed(text, finding)) is not None and not self._wrong(text, plain, clinical):
                plausible.append(_retyped(text, plain))
        return plausible

    def _wrong(self, text: str, finding: Finding, clinical: bool) -> bool:
        value = text[finding.start : finding.end]
        kind = finding.entity_type
        named = kind in _NAMED - {"NATIONALITY"}
        if (named or kind == "USERNAME") and is_conventional(text, finding.start):
            return True
        if named and symbol(text, finding):
            return True
        if kind in NUMBERED:
            return is_other_number(text, finding)
        if kind in _FORMS:
            return _FORMS[kind](value) or (kind == "USERNAME" and self._is_symbol(text, finding, value))
        words = [word.lower().removesuffix("'s").removesuffix("’s") for word in _WORD.findall(value)]
        if kind == "PROFESSION":
            return finding.score < _LEAST_PROFESSION or any(self._terms.has([word]) for word in words)
        return kind in _NAMED and self._no_name(text, finding, words, clinical)

    def _is_symbol(self, text: str, finding: Finding, value: str) -> bool:
        """Whether a guessed account is a term, a part of a longer name, or an ordinary word."""
        if self._terms.has([value]):
            return True
        if text[finding.start - 1 : finding.start] == "@" and text.startswith("/", finding.end):
            return True  # the scope of a package: "@acme/table"
        if any(word.sure or word.family for word in map(inflected, _WORD.findall(value))):
            return False
        plain = finding.score <= _ORDINARY_SMALL and ordinary(value)
        return plain or is_folder(text, finding.start) or is_member(text, finding.start, finding.end)

    def _no_name(self, text: str, finding: Finding, words: Sequence[str], clinical: bool) -> bool:
        value = text[finding.start : finding.end]
        spacy = finding.recognizer == "spacy"
        if spacy and clinical and finding.entity_type in {"PERSON", "ORGANIZATION", "NATIONALITY"}:
            return True
        if finding.entity_type == "STREET_ADDRESS":
            return _LETTER.search(value) is None  # the number of a line, a price
        short = clinical and finding.entity_type == "LOCATION" and _is_abbreviation(text, finding)
        if short or all(word in _NO_PERSON for word in words):
            return True
        if self._is_content(finding, value, words):
            return finding.entity_type != "NATIONALITY"
        if of_disease(text, finding.start, finding.end):
            return spacy or finding.entity_type != "ORGANIZATION"
        acronym = spacy and len(words) == 1 and value.isupper() and len(value) <= _LONGEST_ACRONYM
        return acronym or _is_worded(finding, value)

    def _is_content(self, finding: Finding, value: str, words: Sequence[str]) -> bool:
        """Whether a guess is content, and no place or name that begins as a term does: "Uruguay", "Judith"."""
        if value.islower() or finding.entity_type == "NATIONALITY":
            return self._terms.has(words)
        if finding.entity_type == "PERSON" and any(status.given or status.family for status in map(inflected, words)):
            return False
        return self._terms.has(words, "NATIONALITY" if finding.entity_type == "LOCATION" else "")


def _is_abbreviation(text: str, finding: Finding) -> bool:
    """Whether two capitals are not a state behind its town: "past MI", not "Lansing, MI"."""
    return re.fullmatch("[A-Z]{2}", text[finding.start : finding.end]) is not None and not text.startswith(
        ", ", max(0, finding.start - 2)
    )


def _is_vague(value: str) -> bool:
    return _VAGUE.fullmatch(value) is not None or not _dated(value)


def _no_account(value: str) -> bool:
    return len(value) < _SHORTEST_ACCOUNT or value.lower() in _NOBODY or _HASH.fullmatch(value) is not None


#: Guessed types -> whether a value cannot be of the type.
_FORMS: Final[Mapping[str, Callable[[str], bool]]] = {
    "DATE": _is_vague,
    "EMAIL_ADDRESS": is_unread,
    "DATE_OF_BIRTH": _is_vague,
    "URL": lambda value: "." not in value.strip(".") and "/" not in value,
    "USERNAME": _no_account,
}


def _is_worded(finding: Finding, value: str) -> bool:
    """Whether a weak guess at a person consists of ordinary words, none of which is a name too: "Quiero"."""
    parts = value.split()
    most = _ORDINARY_SMALL if len(parts) == 1 and value.islower() else _ORDINARY
    if finding.entity_type != "PERSON" or finding.score > most or not all(map(str.isalpha, parts)):
        return False
    words = [word for word in parts if len(word) >= LEAST]
    names = any(status.given or status.family for status in map(status_of, words))
    return bool(words) and not names and all(map(ordinary, words))


def _retyped(text: str, finding: Finding) -> Finding:
    """Return a guess under a type that fits its value: a country is not a person, "48B12" no postal code."""
    value = text[finding.start : finding.end]
    street = finding.entity_type == "STREET_ADDRESS" and not any(map(str.isdigit, value))
    if (street or finding.entity_type == "PERSON") and (placed := _named_place(value)):
        return replace(finding, entity_type=placed)
    if street and any(inflected(word).is_peoples for word in _WORD.findall(value)) and not STREET.search(value):
        return replace(finding, entity_type="PERSON")
    named = finding.score > _COUNTRY and status_of(value).given
    if finding.entity_type == "PERSON" and value.casefold() in COUNTRIES and not named:
        return replace(finding, entity_type="LOCATION")
    return (
        finding if finding.entity_type != "ZIP_CODE" or is_postal(value) else replace(finding, entity_type="USERNAME")
    )


def _named_place(value: str) -> str:
    """Return the type of a street or a firm named like a person, "" for a person: "Albert Heijn"."""
    if named_after(value):
        return "LOCATION"
    return "ORGANIZATION" if unaccented(value) in FIRMS else ""


def of_disease(text: str, start: int, end: int) -> bool:
    """Whether a person's name is an eponym: of a disease, a sign, a law or a device."""
    words = _WORD.findall(text[start:end])
    if _EPONYM_AFTER.match(text[end : end + 32]) is not None or all(word.lower() in _EPONYMS for word in words):
        return True
    before = text[max(0, start - _EPONYM_REACH) : start]
    if " " in text[start:end]:
        return False
    return _LAW_BEFORE.search(before) is not None


def _dated(value: str) -> bool:
    """Whether a guess reads like a date, and not like a file number such as "F/1000/2024"."""
    parts = [part for part in _DIGITS.findall(value)[:3] if 2 < len(part) < 8]  # noqa: PLR2004 -- day to year, 20240131
    wrong = any(len(part) != 4 or int(part) not in _YEARS for part in parts)  # noqa: PLR2004
    return not wrong and _DATED.search(value) is not None


def tidied(text: str, findings: Sequence[Finding], language: str = "") -> tuple[Finding, ...]:
    """Drop the scraps of guesses that lost an overlap, join adjacent parts of one name, cut what somebody has."""
    result: list[Finding] = []
    for finding in findings:
        if finding.recognizer in GUESSERS or finding.recognizer == "facility":
            plain = trimmed(text, finding)
            if plain is None or _is_scrap(text[plain.start : plain.end].lower()):
                continue
            finding = plain  # noqa: PLW2901
        if finding.entity_type == "PERSON" and language in GENITIVES:
            finding = _without_possession(text, finding)  # noqa: PLW2901
        last = result[-1] if result else None
        if last is not None and _one_name(text, last, finding):
            result[-1] = replace(last, end=finding.end, score=max(last.score, finding.score))
        else:
            result.append(finding)
    return tuple(_turned_joined(text, result))


def _turned_joined(text: str, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings, a family and a given name behind it as one, unless in a longer list: "Smith-Jones, Zoë"."""
    chained = [
        last.entity_type == "PERSON" and finding.entity_type in _GIVEN_TYPES and text[last.end : finding.start] == ", "
        for last, finding in itertools.pairwise(findings)
    ]
    joined = False
    for number, finding in enumerate(findings):
        before, behind, further = (0 <= at < len(chained) and chained[at] for at in range(number - 1, number + 2))
        if joined:
            joined = False
        elif behind and not before and not further and _are_turned(text, finding, findings[number + 1]):
            joined = True
            yield replace(finding, end=findings[number + 1].end, score=max(finding.score, findings[number + 1].score))
        else:
            yield finding


def _are_turned(text: str, family: Finding, second: Finding) -> bool:
    """Whether two findings beside each other are a family name and given names."""
    families, names = ([inflected(word) for word in _WORD.findall(text[f.start : f.end])] for f in (family, second))
    if any(name.given and not name.family for name in families):
        return False
    if second.entity_type == "LOCATION":
        return second.recognizer in GUESSERS and all(name.given for name in names)
    return not any(name.family and not name.given for name in names)


def _without_possession(text: str, finding: Finding) -> Finding:
    """Cut a name before what the person has: "Annas Schreiben", "Frau Schmidts Bruder"."""
    words = list(_WORD.finditer(text, finding.start, finding.end))
    if len(words) < 2 or not (is_thing(words[-1].group()) or _KIN.fullmatch(words[-1].group())):  # noqa: PLR2004
        return finding
    owner = words[-2].group()
    full = (len(words) > 2 or finding.recognizer == "name_titled") and owner.endswith("s")  # noqa: PLR2004
    listed = status_of(owner)
    cut = is_genitive(owner) or (full and not (listed.given or listed.family))
    return finding.at(finding.start, words[-2].end()) if cut else finding


def _is_scrap(value: str) -> bool:
    """Whether a value in lower case is a rest without a name: "university of"."""
    *words, last = value.split()
    return value in _CUT or (last in NO_NAME and bool(words) and all(word in THINGS for word in words))


def _one_name(text: str, last: Finding, finding: Finding) -> bool:
    """Whether two adjacent guesses of one type are one name: joined by a hyphen, an ampersand or a space."""
    if last.entity_type != finding.entity_type or last.entity_type not in _NAMED or finding.recognizer not in GUESSERS:
        return False
    return text[last.end : finding.start] in {"-", "–", " ", " & ", ". ", "/"} and last.recognizer in GUESSERS


def trimmed(text: str, finding: Finding) -> Finding | None:
    """Return the guess with its edges trimmed, None when it cannot be of its type."""
    start, end = finding.start, finding.end
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in _EDGES and not _initial(text, start, end):
        end -= 1
    value = text[start:end]
    if finding.entity_type in {"PERSON", "LOCATION", "ORGANIZATION", "NATIONALITY"}:
        line = value.find("\n")
        value = value[:line].rstrip() if line > 0 and finding.recognizer == "spacy" else value
        if len(value) < 2 or not _LETTER.search(value) or _CODE.search(value):  # noqa: PLR2004
            return None
        if finding.recognizer == "spacy" and (value.islower() or any(map(str.isdigit, value))):
            return None
    return finding.at(start, start + len(value)) if value else None


def _initial(text: str, start: int, end: int) -> bool:
    """Whether the text ends in an initial: "Anna S."."""
    return text[end - 1] == "." and end - 2 > start and text[end - 2].isupper() and text[end - 3] in " ."
