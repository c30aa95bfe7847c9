"""Names of things that look like names of people: a product, a law, a ship.

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
from proxy.detection.people.known_names import NameStatus, inflected
from proxy.detection.people.labels import BARE
from proxy.detection.people.vocabulary import THINGS
from proxy.detection.text.context import unaccented

#: Recognizers that rest on the name itself, not on a title or a label before it.
NAME_RECOGNIZERS: Final = GUESSERS | {"known_name", f"name_{BARE}"}
#: Recognizers that count beside others only.
LISTS: Final = frozenset({"known_name", "spacy", f"name_{BARE}"})
WORD: Final = re.compile(r"[^\W\d_]{2,}")
#: Words before a name that make it that of a thing; of each language by themselves.
_NAMED: Final = frozenset(vocabulary("named_things"))
_OWN: Final = {code: frozenset(language.words.get("named_things", ())) for code, language in LANGUAGES.items()}
_BEFORE: Final = re.compile(r"[^\W\d_]{2,}(?=[:.]? ?[\"'“”„«»‚‘’]?\Z)")  # noqa: RUF001 -- marks of quotations
_LONGEST: Final = 32
#: How many of a thing there are, behind its name: "Stuhl Emma 4 Stk."
_COUNTED: Final = re.compile(rf"[:,]? \d{{1,5}} ?(?:{alternatives('counted')})(?!\w)", re.IGNORECASE)
_MOST_PLACES: Final = 6


def product_names(text: str, people: Sequence[Finding], language: str = "") -> set[Finding]:
    """Return the findings of people that are names of things."""
    return {f for f in people if f.recognizer in NAME_RECOGNIZERS and _is_borne(text, f, language)}


def is_product_name(text: str, finding: Finding, language: str = "") -> bool:
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
    if is_product_name(text, finding, language):
        return True
    if _is_full(text, finding):
        return False
    places = islice(re.finditer(rf"(?<!\w){re.escape(text[finding.start : finding.end])}(?!\w)", text), _MOST_PLACES)
    others = [finding, *(finding.at(*match.span()) for match in places)]
    return any(is_product_name(text, other, language) for other in others)


def named_after(value: str) -> bool:
    """Whether a value is a street called after a person: "Konrad-Adenauer-Allee"."""
    return "-" in value and " " not in value and unaccented(value.rpartition("-")[2]) in THINGS
