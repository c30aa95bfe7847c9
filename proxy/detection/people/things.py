"""Names that things bear: a product, a law, a ship.

A word before the name tells, at any of its places in the text. A given name with a family name is a person's,
whatever stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice, permutations
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.languages import LANGUAGES, alternatives
from proxy.detection.languages import words as vocabulary
from proxy.detection.merge import GUESSERS
from proxy.detection.people.known_names import NameStatus, inflected, known
from proxy.detection.people.labels import BARE
from proxy.detection.people.vocabulary import THINGS, VENUES
from proxy.detection.text import enumerations
from proxy.detection.text.context import unaccented

#: Recognizers that rest on the name itself, not on a title or a label before it.
NAMERS: Final = GUESSERS | {"known_name", f"name_{BARE}"}
#: Recognizers that count beside others only.
LISTS: Final = frozenset({"known_name", "spacy", f"name_{BARE}"})
WORD: Final = re.compile(r"[^\W\d_]{2,}")
#: Words before a name that make it that of a thing; of each language by themselves.
_NAMED: Final = frozenset((*vocabulary("named_things"), *VENUES))
_OWN: Final = {code: frozenset(language.words.get("named_things", ())) for code, language in LANGUAGES.items()}
_BEFORE: Final = re.compile(r"[^\W\d_]{2,}(?=[:.]? ?[\"'“”„«»‚‘’]?\Z)")  # noqa: RUF001 -- marks of quotations
_LONGEST: Final = 32
_JOINT: Final = re.compile("[ -]")
#: How many of a thing there are, behind its name: "Stuhl Emma 4 Stk."
_COUNTED: Final = re.compile(rf"[:,]? \d{{1,5}} ?(?:{alternatives('counted')})(?!\w)", re.IGNORECASE)
#: "Cline, an AI coding agent", "Claude Code is a CLI": what a name is, and "the Codex CLI", "a Claude agent".
_KIND = alternatives("program_kinds")
_PART = alternatives("program_parts")
_QUALITY = alternatives("program_qualities")
_IS = rf"(?: v?\d[\w.]*)?(?:,? (?:{alternatives('is_called')})|,| [-\u2013\u2014])"
_OF_PROGRAM: Final = re.compile(rf"(?: [A-Z]\w+)? (?:{_KIND}|{_PART})(?!\w)")
_PROGRAM: Final = re.compile(
    rf"{_IS} (?:[\w-]+ ){{0,4}}?(?:{_KIND}|(?:{_QUALITY} ?)(?:[\w-]+ )?{_PART}|{_PART} {_QUALITY})(?!\w)"
    rf"|{_OF_PROGRAM.pattern}"
)
_MOST_PLACES: Final = 6
#: Names of a text that may be programs', and places of each that are looked at.
_MOST_NAMES: Final = 64
#: From this score a model is sure of a name in a list, too.
_SURE: Final = 0.9


def names_of_things(text: str, people: Sequence[Finding], language: str = "") -> set[Finding]:
    """Return the names of a text, in order, that things bear."""
    return {f for f in people if f.recognizer in NAMERS and _is_borne(text, f, language)}


def names_of_kinds(text: str, people: Sequence[Finding]) -> set[Finding]:
    """Return the names that are those of things whatever else the text tells: programs', and items of their lists."""
    named = [f for f in people if f.recognizer in NAMERS and not _is_full(text, f)]
    doubtful = [f for f in named if f.recognizer in LISTS or f.score < _SURE]
    lists = list(enumerations.of_things(text)) if doubtful else []
    first = {f: match[0] for f in named if (match := WORD.search(text, f.start, f.end))}
    behind = ((word, text.split(word, _MOST_NAMES)[1:]) for word in islice(dict.fromkeys(first.values()), _MOST_NAMES))
    programs = {word for word, parts in behind if sum(_OF_PROGRAM.match(part) is not None for part in parts) > 1}
    listed = {f for f in doubtful if any(start <= f.start < end for start, end in lists)}
    return listed | {f for f, word in first.items() if word in programs}


def is_things(text: str, finding: Finding, language: str = "") -> bool:
    """Whether the word before a name, or its first one, makes it that of a thing: "Projekt Falke", "legge Gelmini"."""
    words = WORD.findall(text, finding.start, finding.end)
    statuses = [inflected(word) for word in words]
    head = unaccented(words[0].lower()) if words else ""
    if head in _OWN.get(language, ()) and len(words) > 1 and not _are_full(statuses[1:]):
        return True
    if head in _NAMED and not (statuses[0].given or statuses[0].family):
        return True
    if _COUNTED.match(text, finding.end) and not _are_full(statuses):
        return True
    before = _BEFORE.search(text, max(0, finding.start - _LONGEST), finding.start)
    return before is not None and unaccented(before[0].lower()) in _NAMED and not _are_full(statuses)


def _is_full(text: str, finding: Finding) -> bool:
    """Whether a finding, or an item of one with commas, is a given and a family name."""
    items = text[finding.start : finding.end].split(",")
    return any(_are_full([inflected(word) for word in WORD.findall(item)]) for item in items)


def _are_full(words: Iterable[NameStatus]) -> bool:
    return any(word.given and other.family for word, other in permutations(words, 2))


def _is_borne(text: str, finding: Finding, language: str) -> bool:
    """Whether the surroundings of a name, or those of the same one elsewhere, make it that of a thing.

    "Modell Lotte läuft aus; im Schaufenster steht Lotte".
    """
    if is_things(text, finding, language):
        return True
    if _is_full(text, finding):
        return False
    places = islice(re.finditer(rf"(?<!\w){re.escape(text[finding.start : finding.end])}(?!\w)", text), _MOST_PLACES)
    others = [finding, *(finding.at(*match.span()) for match in places)]
    return any(is_things(text, other, language) or is_program(text, other) for other in others)


def named_after(value: str) -> bool:
    """Whether a value is called after a person, by its first or last word: "Room Kepler", "Konrad-Adenauer-Allee"."""
    first, *_, last = _JOINT.split(f"{value} {value}")
    if unaccented(first) in VENUES:
        return True
    of_street = "-" in value and " " not in value and unaccented(last) in THINGS
    status = known(last)
    return of_street or (unaccented(last) in VENUES and not (status.given or status.family))


def is_program(text: str, finding: Finding) -> bool:
    """Whether the words behind a name make it a program's: "You are Cline, an AI coding agent", "a Claude agent"."""
    return _PROGRAM.match(text, finding.end) is not None and not _is_full(text, finding)
