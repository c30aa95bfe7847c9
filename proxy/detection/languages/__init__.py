"""The vocabulary of each language that is read, from one data file for each: ``en.toml``, and ``mul.toml`` for all.

Read once at import. A mistake ends the import with its place. Members of a file:

- ``name`` in English;
- ``words``: lists by their use, see ``LISTS``; the rules see the union of all languages, but for ``common``;
- ``patterns``: regular expressions by their use, see ``PATTERNS``;
- ``terms``: content by entity type. A star ends a stem, ``^`` begins a term that counts with a capital alone;
- ``countries``: names of countries as they stand in addresses -> ISO 3166 code.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from proxy.core.entities import with_trait

_FOLDER: Final = Path(__file__).parent
#: What belongs to no language in particular (ISO 639-2).
SHARED: Final = "mul"
#: Languages in the order in which the model of letters (``tongues.npz``) was trained on them.
TRAINED: Final = ("en", "de", "fr", "es", "it", "pt", "nl", "pl")
#: List -> what its words are for.
LISTS: Final[Mapping[str, str]] = {
    "common": "the commonest words: a text with enough of them is in the language",
    "no_name": "belong to no name, wherever they stand",
    "not_names": "begin no name behind a title or a label",
    "no_person": "are taken for a person by models, and are none",
    "name_ends": "begin what stands behind a name: a field, a department, a house, a street",
    "things": "stand behind a name and make something else of the whole: a street, a firm, a body",
    "places": "stand before a name and make a place of it",
    "links": "join the parts of a name, small or not",
    "firms": "names of firms that are called like people",
    "naming": "say what somebody is called",
    "deals": "deal with somebody, before a name",
    "people": "keys and labels whose value is somebody's name, by their last words",
    "closings": "last words of what closes a letter, above who wrote it",
    "personal_columns": "columns of tables that hold what belongs to a person",
    "name_columns": "columns of tables that hold names of people",
    "thing_columns": "columns of tables whose name says that their names are of things",
    "cut": "alone are no finding: what settling overlaps left of a guess",
    "eponyms": "names of people that name a disease, a sign, a score or a device",
    "phone": "announce a telephone number",
    "fax": "announce a number of a fax",
    "birth": "announce a date of birth",
    "other_dates": "announce another date than that of a birth",
    "other_numbers": "announce a number that identifies nobody: an order, an invoice, a version",
    "accounts": "names of accounts that are nobody's, and what stands where such a name would",
    "tags": "follow an @ and address nobody: decorators, tags of documentation, rules of style sheets",
    "placeholders": "begin what stands for a secret and is none",
    "no_password": "stand behind a word for a password and are none",
    "no_username": "stand behind a word for a user name and are none",
    "technology": "tools, languages and products that are written like names",
    "particles": "join the parts of a name behind a title or a label",
    "noble_links": "join nothing but names",
    "towards": "are said before whom something goes to",
    "of": "stand before a thing as often as before somebody",
    "with": "are said before whom something is done with",
    "generic": "stand in names of files and paths and are no name",
    "age_signs": "in what stands behind a number: it is an age, and no duration",
    "diagnosis": "announce a code of a diagnosis",
    "procedure_endings": "end words for what is done to a patient",
    "no_drug": "end like a drug and are none",
    "no_disease": "end like a disease and are none",
}
#: List of regular expressions -> what they match; letter case counts for nothing unless said.
PATTERNS: Final[Mapping[str, str]] = {
    "treats": "professions of who treats, right before or behind a name",
    "may_treat": "the same in clinical surroundings alone: elsewhere these speak of colleagues and suppliers",
    "treated": "words right before the name of who is treated",
    "form": "labels of a form; in clinical surroundings the form is the patient's",
    "months": "names of months and their abbreviations, as they stand in dates",
    "kin": "relatives and others who stand near, right before or behind a name",
    "month_names": "names of months in any case, by which a guessed date is one",
    "month_stems": "how names of months begin, abbreviated or not",
    "vague_dates": "whole dates, times and spans that identify nobody",
    "age_units": "behind a number of years",
    "infant_units": "behind a number of months or less",
    "age_labels": "before an age, as a label or in a sentence",
    "tells_age": "before an age: somebody tells theirs",
    "behind_age": "behind an age that somebody tells",
    "minors": "people under eighteen",
    "possessives": "before somebody near: my, her",
    "own_people": "somebody near, behind a possessive",
    "durations": "before a number of years that is a duration",
    "of_age": "behind a number of years that is an age",
    "aged_people": "people of whom an age is told",
    "drug_endings": "how international names of drugs end (INN stems)",
    "disease_endings": "how words for diseases and symptoms end",
    "eponym_fields": "between an eponym and what it names",
    "eponym_things": "diseases, signs, scores and devices that are called after somebody",
    "medical_words": "in what is no name",
    "medical_texts": "in a text of medicine",
    "clinical": "in a text about somebody's care",
    "care": "words of care and of its records, besides these",
    "issue_qualities": "before what a body of experts publishes",
    "issued": "what a body of experts publishes",
    "titles": "before a name; letter case counts",
    "doctor_titles": "before the name of who treats",
    "degrees": "behind a title; letter case counts",
    "addresses": "forms of address before a name",
    "name_links": "join the parts of a name, the longer ones first; letter case counts",
    "name_labels": "labels whose value is a name",
    "introductions": "before a name: somebody tells theirs; letter case counts",
    "word_names": "given names that are words too; letter case counts",
    "dealing": "before such a name; letter case counts",
    "doing": "behind such a name",
    "belongings": "behind such a name with a possessive",
    "no_family_name": "behind such a name, and make a thing of it; letter case counts",
    "is_called": "between a label and a name",
    "articles": "before a profession or a relative that stands behind a name",
    "credentials": "letters behind the name of who treats; letter case counts",
    "born": "behind a name, before a date of birth",
    "dealings": "in a text that deals with somebody: forms of address, pronouns, words of business",
    "paths_of_people": "in a path or the name of a file that is somebody's",
    "word_endings": "how words end that are no names",
    "person_keys": "keys whose value is somebody",
    "objects": "behind the verb of an instruction",
    "goods": "before a number of goods",
}
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
    """Return the language of a file.

    Raises:
        ValueError: the file is no TOML, or says something that is unknown; names file and member.

    """
    document = tomllib.loads(text)
    if _CODE.fullmatch(code) is None:
        raise ValueError(f"languages/{code}.toml: a file is called by its language's ISO 639 code")
    _members(code, document)
    words = _lists(code, "words", document.get("words", {}), LISTS)
    if code != SHARED and not words.get("common"):
        raise ValueError(f"languages/{code}.toml: words.common: required, or no text is in the language")
    patterns = _lists(code, "patterns", document.get("patterns", {}), PATTERNS)
    _check(code, (one for its in patterns.values() for one in its))
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


def _lists(code: str, member: str, value: Any, known: Any) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise ValueError(f"languages/{code}.toml: {member}: a table is required")  # noqa: TRY004 -- one kind of fault
    for name, words in value.items():
        if name not in known:
            raise ValueError(f"languages/{code}.toml: {member}.{name}: is none of {', '.join(sorted(known))}")
        if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
            raise ValueError(f"languages/{code}.toml: {member}.{name}: a list of words is required")
    return {name: tuple(words) for name, words in value.items()}


def _check(code: str, patterns: Iterable[str]) -> None:
    """Raise ``ValueError`` for what is no regular expression, or has groups."""
    for one in patterns:
        try:
            groups = re.compile(one).groups
        except re.error as fault:
            raise ValueError(f"languages/{code}.toml: patterns: {one!r}: {fault}") from fault
        if groups:
            raise ValueError(f"languages/{code}.toml: patterns: {one!r}: has a group of its own, write (?:...)")


def _countries(code: str, value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(_COUNTRY.fullmatch(str(country)) for country in value.values()):
        raise ValueError(f"languages/{code}.toml: countries: names with ISO 3166 codes are required")
    return value


def _read() -> dict[str, Language]:
    files = {path.stem: path for path in _FOLDER.glob("*.toml")}
    order = [SHARED, *TRAINED, *sorted(files.keys() - {SHARED, *TRAINED})]
    return {code: parsed(code, files[code].read_text(encoding="utf-8")) for code in order}


#: Every file by its code: the shared one first, then those of ``TRAINED``, then the others by the alphabet.
LANGUAGES: Final[Mapping[str, Language]] = _read()
#: Codes of the languages whose texts are read.
CODES: Final = tuple(code for code in LANGUAGES if code != SHARED)
COUNTRIES: Final = {name: code for one in LANGUAGES.values() for name, code in one.countries.items()}


def words(name: str) -> tuple[str, ...]:
    """Return the words of a list in all languages, each once, in the order of the languages.

    Raises:
        KeyError: there is no list of this name.

    """
    LISTS[name]
    return tuple(dict.fromkeys(word for one in LANGUAGES.values() for word in one.words.get(name, ())))


def patterns(name: str) -> tuple[str, ...]:
    """Return the regular expressions of a list in all languages, as ``words``."""
    PATTERNS[name]
    return tuple(dict.fromkeys(one for language in LANGUAGES.values() for one in language.patterns.get(name, ())))


def alternatives(name: str) -> str:
    """Return one regular expression for all of ``patterns``."""
    return f"(?:{'|'.join(patterns(name))})"


def rules() -> bytes:
    """Return all files, for the digest of the rules."""
    return b"".join(path.read_bytes() for path in sorted(_FOLDER.glob("*.toml")))
