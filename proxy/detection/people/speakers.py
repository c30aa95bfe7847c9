"""Those who speak in a chat or a transcript: "[16:02] svea: ...", "<maik.o> ...", "Aylin K. (10:04)" above a turn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.languages import words
from proxy.detection.people.known_names import status_of
from proxy.detection.people.vocabulary import NO_NAME, THINGS
from proxy.detection.text.ordinary import ordinary

RECOGNIZER: Final = "speaker"
_SCORE: Final = 0.75
_TIME: Final = r"[\[(]?(?:\d{4}-\d\d-\d\d[T ])?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?[\])]?"
_WHO: Final = r"(?P<who>[^\W\d_][\w.'’-]{1,24}(?: [^\W\d_][\w'’-]{0,20}\.?){0,2})"  # noqa: RUF001 -- as written in names
#: The forms of a turn's first line.
_TURNS: Final = tuple(
    re.compile(form, re.MULTILINE)
    for form in (
        rf"^{_TIME}[ ,-]{{1,3}}{_WHO} ?: ", rf"^(?:{_TIME} )?<?{_WHO}> ", rf"^{_WHO},? {_TIME}:?$",
        rf"^{_WHO} ?: (?=\S)",
    )
)  # fmt: skip
_FEWEST, _MOST = 2, 8
_NOBODY: Final = NO_NAME | THINGS | frozenset((*words("technology"), *words("accounts"), *words("tags")))
_PART: Final = re.compile(r"[^\W\d_]{2,}")
_ACCOUNT: Final = re.compile(r"[\d_]|[a-z]\.[a-z]")


def speakers(text: str) -> Iterator[Finding]:
    """Yield the names before the turns of a conversation: two or more people, one of whom speaks twice."""
    for form in _TURNS:
        turns = list(form.finditer(text))
        who = Counter(turn["who"] for turn in turns)
        if len(turns) <= len(who) or not _FEWEST <= len(who) <= _MOST or 3 * len(turns) < text.count("\n") + 1:
            continue
        people = {name for name in who if _may_be(name)}
        if any(_is_listed(name) for name in people):
            for turn in turns:
                if turn["who"] in people:
                    kind = "USERNAME" if _ACCOUNT.search(turn["who"]) else "PERSON"
                    yield Finding(kind, *turn.span("who"), _SCORE, RECOGNIZER)
            return


def _may_be(name: str) -> bool:
    """Whether a label may be a speaker: no word of programs or of the language that no list of names has."""
    parts = _PART.findall(name)
    if not parts or any(part.lower() in _NOBODY for part in parts):
        return False
    return _is_listed(name) or not all(map(ordinary, parts))


def _is_listed(name: str) -> bool:
    return any(status.given or status.family for status in map(status_of, _PART.findall(name)))
