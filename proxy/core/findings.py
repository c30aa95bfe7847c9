"""The results of detection: findings, and how much was read. None holds text."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import NamedTuple


class Status(enum.StrEnum):
    """How much of the payload was read (``classification.status``)."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    TIMEOUT = "timeout"
    SKIPPED = "skipped"


#: The role of a public figure in a text without a personal context: only obligations that include public figures apply.
PUBLIC = "public"
#: The detector of registered people; its recognizers are "registered:" and the name of the list.
REGISTERED = "registered"
_OF_LIST = f"{REGISTERED}:"
#: What the recognizer of a finding over an encoded part begins with.
ENCODED = "encoded:"


#: Recognizers that guess a word: models, lists of names, verbs of speech, ``@`` before it.
_GUESSING = frozenset({"spacy", "classifier", "known_name", "handle", "mention", "mention_addressed"})
#: English-speaking regions that write the day before the month.
_DAY_FIRST = frozenset({"GB", "IE", "AU", "NZ", "IN", "ZA"})
_ONE_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*").fullmatch


def is_one_word(text: str) -> bool:
    """Whether a text is one word of letters."""
    return _ONE_WORD(text) is not None


@dataclass(frozen=True, slots=True)
class Finding:
    """One detected entity in one text: offsets in characters, end exclusive, score 0..1.

    ``entity_type`` is a key of the contract's entity map (PERSON, EMAIL_ADDRESS, HEALTH_CONDITION ...).
    ``subject_role`` is data_subject, patient, provider, third_party or ``PUBLIC``.
    """

    entity_type: str
    start: int
    end: int
    score: float
    recognizer: str
    subject_role: str = "data_subject"

    def is_weak(self, text: str) -> bool:
        """Whether others like it are none: a guess of one word or of spaCy, or of a user's name without a digit."""
        value = text[self.start : self.end]
        plain = self.entity_type == "USERNAME" and not any(map(str.isdecimal, value))
        return self.recognizer in _GUESSING and (plain or self.recognizer == "spacy" or is_one_word(value))

    @property
    def registered(self) -> str:
        """The list of registered people that this is certainly of, "" for none."""
        return self.recognizer.removeprefix(_OF_LIST) if self.recognizer.startswith(_OF_LIST) else ""

    def at(self, start: int, end: int) -> Finding:
        """Return the same finding at these offsets."""
        if start == self.start and end == self.end:
            return self
        return Finding(self.entity_type, start, end, self.score, self.recognizer, self.subject_role)


@dataclass(frozen=True, slots=True)
class SegmentFindings:
    """The result of detection for one text. Immutable and cacheable; holds no text."""

    findings: tuple[Finding, ...] = ()  # disjoint, ordered by start, identifiers before attributes on overlap
    status: Status = Status.COMPLETE
    language: str = "und"  # BCP 47, "und" for too little text
    minor: bool = False  # an age cue under 16/18
    regions: tuple[tuple[str, float], ...] = ()  # (ISO 3166 code, confidence) hinted by the content
    inside: tuple[Finding, ...] = ()  # further types of encoded parts, and lists of people, that a finding covers

    @property
    def tongue(self) -> str:
        """The language, "en-GB" for English whose regions write the day first."""
        hinted = {code[:2] for code, _ in self.regions}
        return "en-GB" if self.language == "en" and hinted & _DAY_FIRST and "US" not in hinted else self.language


@dataclass(frozen=True, slots=True)
class DetectorVersion:
    """Which detector read the text (``classification.detectors``)."""

    id: str
    version: str
    ruleset_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Detection:
    """The result of the ``Detector`` port: one ``SegmentFindings`` per text, in order."""

    segments: tuple[SegmentFindings, ...]
    status: Status
    detectors: tuple[DetectorVersion, ...] = ()
    cached: int = 0  # number of segments from the cache
    names: tuple[bytes, ...] = ()  # keyed digests of the texts, aligned with the segments; or ()


#: What a cause says of a target that did not answer.
UNAVAILABLE = "unavailable"


class Cause(NamedTuple):
    """What targets were denied for: where it stands, what it is there, the types found in it."""

    position: str  # "messages[3]", the dialect's own members with indices; a header; a target that is unavailable
    source: str  # "tool result of read_file"; "" if unknown. For the caller alone: tools are named by callers
    types: tuple[str, ...]  # entity types, "minor", "unread", "stored", the media type of a part that is not read

    def __str__(self) -> str:
        """Return it in words."""
        at = ": " if self.types == (UNAVAILABLE,) else " in "
        return f"{', '.join(self.types)}{at}{self.position}{f' ({self.source})' if self.source else ''}"
