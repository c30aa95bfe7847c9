"""A pattern: the form of one kind of value, what checks it, and the words that make it likely.

Recognizers are lists of patterns; the scanner finds all of them in one pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from proxy.detection.text.context import ContextWords

#: Borders of a match: not inside a word; for numbers also not inside a longer grouped number, date or amount.
WORD = (r"(?<![^\W_])", r"(?![^\W_])")
DIGITS = (r"(?<![^\W_])(?<![0-9][.,:/\-+])", r"(?![^\W_])(?![.,:/\-][0-9])")
OPEN = ("", "")

#: Triggers shared by many patterns.
DIGIT_RUN = "[0-9](?:[ .,/()\u00a0\u2010\u2011\u2012\u2013-]{0,3}[0-9]){5}"
#: What no pattern of numbers holds: beyond it another value begins.
STOPS = '"\n:'
MIXED = r"[A-Z][0-9]{2}"

Check = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""One thing to find.

    ``body`` is in the syntax that ``re`` and RE2 share (no look-around, no ``\d \w \s \b``); the finding is the
    group ``v`` where there is one. ``check`` gets the value and returns how many of its characters are valid from
    the front, 0 for none. ``score`` holds without and ``boosted`` with one of the ``words`` near it; below 0.35 a
    finding is dropped. ``wary`` patterns give way to words that say the number is something else.
    """

    name: str
    entity_type: str
    body: str
    width: int
    score: float
    trigger: str = ""
    check: Check | None = None
    words: ContextWords | None = None
    boosted: float = 0.0
    border: tuple[str, str] = WORD
    wary: bool = False
    whole: bool = False  # the check holds for the whole value or not at all: the words may be looked at first
    country: str = ""
    shape: str = ""  # for long patterns: what RE2 looks for instead of the body, at most ``lead`` characters in
    lead: int = 0
    refine: Callable[[str, str], str] | None = None  # (value, words before it) -> entity type, "" = nothing


def whole(valid: Callable[[str], Any]) -> Check:
    """Turn a yes/no validator into a check of the whole value."""

    def check(value: str) -> int:
        return len(value) if valid(value) else 0

    return check
