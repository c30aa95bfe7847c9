"""Names of people by the evidence of their words: known names, half a name that a model found, capitalisation.

A finding rests on at least two pieces of evidence: a known name and its spelling; a name already found and the word
beside it; or two words in a row that the token classifier nearly takes for a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.languages import alternatives
from proxy.detection.models.classifier.reading import ClassifierReading
from proxy.detection.people.guesses import of_disease
from proxy.detection.people.rows import rows
from proxy.detection.people.shares import shares
from proxy.detection.people.slots import slots
from proxy.detection.people.slugs import slugs
from proxy.detection.people.small import announced, of_kin, small, talked
from proxy.detection.people.told import told
from proxy.detection.people.words import read

RECOGNIZER: Final = "known_name"
_SCORE = 0.7
#: The initials behind a family name: "Whitlock, S.".
_INITIALS: Final = re.compile(r",(?: [A-ZÀ-Þ]\.){1,3}(?!\w)")
#: Particles before a name: in capitals at the start of a line or a value, otherwise those of names or behind a title.
_LED_UPPER: Final = re.compile(
    r"(?:^|[^\w\s'’-]\s*|\n\s*)"  # noqa: RUF001 -- as written in names
    r"(?P<led>(?:(?:VAN|VON|DER|DEN|DE|LA|LE|LOS|DI|DA|DOS|DO|DEL|DELLA|TER|TEN|ZU|EL|AL|BIN) ){1,3})\Z"
)
_ROMANCE: Final = "(?:[Dd]e|[Dd]u|[Dd]es|[Dd]el|[Dd]ella|[Dd]egli|[Dd]os|[Dd]a|[Dd]i) (?:[Ll]a |[Ll]os )?"
_LED: Final = re.compile(
    rf"(?<![\w.])(?:(?P<title>{alternatives('titles')})\.? )?"
    rf"(?P<led>(?:[Vv]an|[Vv]on|[Zz]u) de[rn] |(?(title)(?:(?:[Vv]an|[Vv]on|[Tt]er|[Zz]ur?) |{_ROMANCE})|(?!)))\Z"
)
_REACH = 40
#: Languages that write every noun with a capital.
_NOUNS: Final = frozenset({"de"})


def people(text: str, found: Sequence[Finding], reading: ClassifierReading | None, language: str = "") -> list[Finding]:
    """Return further names of people, and whole names over those found in part."""
    words = read(text, found, reading)
    candidates = (
        *rows(text, words, nouns=language in _NOUNS),
        *small(text, words),
        *of_kin(words),
        *announced(text, words),
        *talked(words),
        *slots(text, words),
        *shares(text, words),
        *_turned(text, found),
    )
    spans = [span for span in dict.fromkeys(candidates) if not of_disease(text, *span)]
    spans += _led(text, [*spans, *((f.start, f.end) for f in found if f.entity_type == "PERSON")])
    named = [Finding("PERSON", start, end, _SCORE, RECOGNIZER) for start, end in (*spans, *slugs(text))]
    whole = [(f.start, f.end) for f in named]
    parts = [f for f in told(text, words) if not any(start <= f.start and f.end <= end for start, end in whole)]
    return [*named, *parts]


def _led(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield names with the particles before them: "VAN DER MEULEN HENDRIK", "Mme de La Rochebrune"."""
    for start, end in spans:
        before = text[max(0, start - _REACH) : start]
        upper = text[start : start + 2].isupper()
        led = (_LED_UPPER if upper else _LED).search(before)
        if led is not None:
            yield start - len(before) + led.start("led"), end


def _turned(text: str, found: Sequence[Finding]) -> Iterator[tuple[int, int]]:
    """Yield names with the initials behind their comma."""
    for finding in found:
        behind = _INITIALS.match(text, finding.end) if finding.entity_type == "PERSON" else None
        if behind is not None:
            yield finding.start, behind.end()
