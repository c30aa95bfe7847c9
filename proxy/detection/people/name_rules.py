"""Names of people by the evidence of their words: known names, half a name that a model found, capitalisation.

A finding rests on at least two pieces of evidence: a known name and its spelling; a name already found and the word
beside it; or two words in a row that the token classifier nearly takes for a name.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.models.classifier.reading import ClassifierReading
from proxy.detection.people.guesses import GENITIVES, of_disease
from proxy.detection.people.known_names import is_genitive, is_thing, status_of
from proxy.detection.people.reporting_verbs import names_by_reporting_verb
from proxy.detection.people.rows import rows
from proxy.detection.people.speakers import speakers
from proxy.detection.people.words import TITLE, Word, read

RECOGNIZER: Final = "known_name"
_SCORE = 0.7
#: A name in the genitive before what the person has: more than lists alone say.
POSSESSOR: Final = "name_possessor"
_POSSESSOR_SCORE = 0.8
_APOSTROPHES: Final = frozenset({" ", "' ", "’ "})  # noqa: RUF001 -- both marks


def find_names(
    text: str, findings: Sequence[Finding], reading: ClassifierReading | None, language: str = ""
) -> list[Finding]:
    """Return further names of people, and whole names over those found in part."""
    words = read(text, findings, reading)
    spans = [span for span in rows(text, words) if not of_disease(text, *span)]
    reported = names_by_reporting_verb(text, words)
    parts = (f for f in reported if not any(start <= f.start and f.end <= end for start, end in spans))
    names = [*(Finding("PERSON", *span, _SCORE, RECOGNIZER) for span in spans), *parts, *speakers(text)]
    possessors = _possessors(text, words) if language in GENITIVES else ()
    return names + [Finding("PERSON", *span, _POSSESSOR_SCORE, POSSESSOR) for span in possessors]


def _possessors(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield given names and full ones in the genitive before an ordinary noun: "Brigittes Brief"."""
    for number, (owner, thing) in enumerate(itertools.pairwise(words)):
        if owner.style != TITLE or owner.placed or owner.taken or owner.ordinary or not is_thing(thing.text):
            continue
        gap = text[owner.end : thing.start]
        if gap not in _APOSTROPHES or not (len(gap) > 1 or owner.text.endswith("s")):
            continue
        first = words[number - 1] if number else owner
        if first.sure and first.style == TITLE and not first.placed and text[first.end : owner.start] == " ":
            yield first.start, owner.end
        elif len(gap) == 1 and is_genitive(owner.text) and status_of(owner.text[:-1]).sure:
            yield owner.start, owner.end
