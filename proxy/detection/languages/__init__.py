"""The vocabulary of each language that is read, one data file per language; ``mul.toml`` is shared by all.

The files are read once, at import; a mistake in one raises ``ValueError`` with its place. Members of a file:

- ``name`` in English;
- ``words``: lists by purpose, see ``LISTS``;
- ``patterns``: regular expressions by purpose, see ``PATTERNS``. Rules use the union of all languages, so a word or
  expression is written in one file only; in lists of ``ALONE``, in each language that has it;
- ``terms``: content by entity type. ``*`` ends a stem, ``^`` begins a term that counts only when capitalised,
  ``?`` one with a second sense, which counts only beside a person;
- ``countries``: names of countries, as in addresses and lists -> ISO 3166 code.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from proxy.core.entities import with_trait

_FOLDER: Final = Path(__file__).parent
#: The code of the shared file (ISO 639-2 "multiple languages").
SHARED: Final = "mul"
#: Languages in the order in which the model of letters (``language_id.npz``) was trained on them.
TRAINED: Final = ("en", "de", "fr", "es", "it", "pt", "nl", "pl")
#: List -> what its words are for.
LISTS: Final[Mapping[str, str]] = {
    "common": "the most common words: a text with enough of them is in the language",
    "no_name": "are never part of a name",
    "not_names": "are never the first word of a name after a title or a label",
    "no_person": "are mistaken for people by models",
    "name_ends": "begin what follows a name: a field, a department, a house, a street",
    "things": "after a name, make the whole something else: a street, a firm, a body",
    "places": "before a name, make it a place",
    "named_things": "products, projects, laws and other things that bear a name, right before it; without marks",
    "links": "join the parts of a name, capitalised or not",
    "firms": "firms named like people",
    "nicknames": "short and pet forms of given names that are not words",
    "deals": "before a name, deal with a person",
    "people": "further keys and labels whose value is a person's name, by their last words, beside ``name_columns``",
    "bare_names": "labels that say name and not whose: products and hosts have names, too",
    "number_columns": "keys and columns whose value is the number of an employee, a member, a customer",
    "personal_columns": "columns of tables with personal data",
    "name_columns": "columns of tables with names of people",
    "thing_columns": "columns of tables whose presence means that names are those of things",
    "cut": "are not a finding by themselves: scraps of guesses that lost an overlap",
    "eponyms": "people after whom a disease, a sign, a score or a device is named",
    "phone": "announce a telephone number",
    "fax": "announce a fax number",
    "birth": "announce a date of birth",
    "other_dates": "announce a date that is not a date of birth",
    "other_numbers": "announce a number that identifies nobody: an order, an invoice, a version",
    "accounts": "accounts of no person, and placeholders of an account",
    "tags": "follow an @ and mention nobody: decorators, documentation tags, at-rules of CSS",
    "placeholders": "begin a placeholder of a secret",
    "no_password": "follow a word for a password and are not a password",
    "no_username": "follow a word for a user name and are not user names",
    "technology": "tools, languages and products written like names",
    "particles": "join the parts of a name after a title or a label",
    "surnames": "frequent family names that the shipped lists lack",
    "age_signs": "follow a number that is an age and no duration, as substrings",
    "diagnosis": "announce the code of a diagnosis",
    "drug_endings": "endings of international names of drugs (INN stems)",
    "disease_endings": "endings of words for diseases and symptoms",
    "procedure_endings": "endings of words for medical procedures",
    "no_drug": "end like a drug and are none",
    "no_disease": "end like a disease and are none",
    "foreign": "occur in unread languages close to read ones, and in no language that is read",
    "goods_columns": "keys and headers of goods, whose values may be called like people",
    "structural": "words of the wire formats, which are not a language",
}
#: List of regular expressions -> what they match, case-insensitively unless stated.
PATTERNS: Final[Mapping[str, str]] = {
    "treats": "professions that treat patients, right before or behind a name",
    "may_treat": "the same in clinical texts only: elsewhere they are colleagues and suppliers",
    "treated": "words right before the name of a patient",
    "form": "labels of a form, which is the patient's in clinical texts",
    "months": "names of months and their abbreviations, in dates",
    "kin": "relatives and other close people, right before or behind a name",
    "month_stems": "beginnings of names of months",
    "vague_dates": "complete dates, times and spans that identify nobody",
    "age_units": "after a number of years of age",
    "infant_units": "after an age in months or less",
    "age_labels": "before an age",
    "asks": "are done to a person, right before the name: ask, tell, speak to",
    "says": "are done by a person, right behind the name: called, told me, is on leave",
    "suffers": "between a person and what the person has, is or takes: an illness, a drug",
    "tells_age": "before an age, in sentences that state it",
    "behind_age": "after an age, in such sentences",
    "minors": "people under eighteen",
    "possessives": "before a relative or friend: my, her",
    "own_people": "relatives and friends, after a possessive",
    "durations": "before a number of years that is a duration",
    "of_age": "after a number of years that is an age",
    "aged_people": "people whose age is stated",
    "law_before": "laws, curves and theorems right before the name of the person they are named after",
    "eponym_fields": "between an eponym and the thing named after it",
    "eponym_things": "diseases, signs, scores and devices named after people",
    "medical_texts": "words of medical texts",
    "clinical": "words of texts about somebody's care",
    "care": "further words of care and its records",
    "titles": "titles and forms of address before a name; case-sensitive",
    "doctor_titles": "titles of those who treat patients",
    "degrees": "academic abbreviations after a title; case-sensitive",
    "name_links": "links between the parts of a name, longer ones first; case-sensitive",
    "name_labels": "labels whose value is a name",
    "is_called": "between a label and a name",
    "counted": "units in which goods are counted, behind a number",
    "articles": "before a profession or relative that follows a name",
    "credentials": "post-nominal letters of those who treat patients; case-sensitive",
    "born": "after a name, before a date of birth",
    "dealings": "words of dealing with people: forms of address, business",
    "first_person": "pronouns of the one who writes",
    "objects": "after the verb of an instruction",
    "goods": "before an identifier of goods",
    "somebody": "words that speak of one person: pronouns, the parts people play, where somebody lives or works",
    "streets": "words of streets and squares",
    "vehicles": "vehicles, their plates and those who stop or park them",
    "account_words": "words of accounts, of which somebody has a user name",
}
#: Lists of which the words of a text's own language, with the shared ones, also count by themselves.
ALONE: Final = frozenset({
    "common", "named_things", "somebody", "kin", "treated", "born", "first_person", "suffers",
    "possessives",
})  # fmt: skip
_CODE: Final = re.compile(r"[a-z]{2,3}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}(?:-[A-Z]{1,3})?")


@dataclass(frozen=True, slots=True)
class Language:
    """One file."""

    code: str
    name: str
    words: Mapping[str, tuple[str, ...]]
    patterns: Mapping[str, tuple[str, ...]]
    terms: Mapping[str, tuple[str, ...]]
    countries: Mapping[str, str]


def parsed(code: str, text: str) -> Language:
    """Parse the text of one file.

    Raises:
        ValueError: the file is not valid; the message names file and member.

    """
    document = tomllib.loads(text)
    if _CODE.fullmatch(code) is None:
        raise ValueError(f"languages/{code}.toml: a file is called by its language's ISO 639 code")
    _members(code, document)
    words = _lists(code, "words", document.get("words", {}), LISTS)
    if code != SHARED and not words.get("common"):
        raise ValueError(f"languages/{code}.toml: words.common: required, or no text is in the language")
    patterns = _lists(code, "patterns", document.get("patterns", {}), PATTERNS)
    terms = _lists(code, "terms", document.get("terms", {}), with_trait("content"))
    return Language(
        code, str(document["name"]), words, patterns, terms, _countries(code, document.get("countries", {}))
    )


def _members(code: str, document: Mapping[str, Any]) -> None:
    for member in document:
        if member not in {"name", "words", "patterns", "terms", "countries"}:
            raise ValueError(f"languages/{code}.toml: {member}: unknown")
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise ValueError(f"languages/{code}.toml: name: a text is required")


def _lists(code: str, member: str, value: Any, names: Any) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise ValueError(f"languages/{code}.toml: {member}: a table is required")  # noqa: TRY004 -- one kind of fault
    for name, words in value.items():
        if name not in names:
            raise ValueError(f"languages/{code}.toml: {member}.{name}: is none of {', '.join(sorted(names))}")
        if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
            raise ValueError(f"languages/{code}.toml: {member}.{name}: a list of words is required")
    return {name: tuple(words) for name, words in value.items()}


def check(language: Language) -> None:
    """Compile each expression of a file: a test does so for all files, since every start would pay for it.

    Raises:
        ValueError: one is invalid, or has groups; the message names file and expression.

    """
    source = f"languages/{language.code}.toml: patterns"
    for expression in (expression for expressions in language.patterns.values() for expression in expressions):
        try:
            groups = re.compile(expression).groups
        except re.error as fault:
            raise ValueError(f"{source}: {expression!r}: {fault}") from fault
        if groups:
            raise ValueError(f"{source}: {expression!r}: has a group of its own, write (?:...)")


def _countries(code: str, value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(_COUNTRY.fullmatch(str(country)) for country in value.values()):
        raise ValueError(f"languages/{code}.toml: countries: names with ISO 3166 codes are required")
    return value


def _read() -> dict[str, Language]:
    files = {path.stem: path for path in _FOLDER.glob("*.toml")}
    order = [SHARED, *TRAINED, *sorted(files.keys() - {SHARED, *TRAINED})]
    return {code: parsed(code, files[code].read_text(encoding="utf-8")) for code in order}


#: Every file by its code: the shared one, those of ``TRAINED``, the others sorted.
LANGUAGES: Final[Mapping[str, Language]] = _read()
#: Codes of the languages whose texts are read.
CODES: Final = tuple(code for code in LANGUAGES if code != SHARED)
COUNTRIES: Final = {name: code for language in LANGUAGES.values() for name, code in language.countries.items()}


def words(name: str) -> tuple[str, ...]:
    """Return the words of a list in all languages, each once, in the order of the languages.

    Raises:
        KeyError: there is no list of this name.

    """
    if name not in LISTS:
        raise KeyError(name)
    return tuple(dict.fromkeys(word for language in LANGUAGES.values() for word in language.words.get(name, ())))


def patterns(name: str) -> tuple[str, ...]:
    """Return the regular expressions of a list in all languages, as ``words``."""
    if name not in PATTERNS:
        raise KeyError(name)
    return tuple(
        dict.fromkeys(pattern for language in LANGUAGES.values() for pattern in language.patterns.get(name, ()))
    )


def alternatives(name: str) -> str:
    """Return one regular expression for all of ``patterns``."""
    return f"(?:{'|'.join(patterns(name))})"


def rules() -> bytes:
    """Return all files, for the digest of the rules."""
    return b"".join(path.read_bytes() for path in sorted(_FOLDER.glob("*.toml")))
