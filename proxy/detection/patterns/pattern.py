"""A pattern: the form of one kind of value, its check, and the context words that make it likely.

The files in ``recognizers`` define them; the scanner finds all of them in one pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from proxy.detection.text.context import ContextWords

#: Borders of a match: not inside a word; DIGITS and CHECKED_DIGITS also not inside a longer number, date or amount. A
#: comma may separate values, and ``.0`` is how a table writes a whole number; decimals behind a comma make an amount of
#: a number without a check, and of one in thousands.
WORD = (r"(?<![^\W_])", r"(?![^\W_])")
_BEHIND = r"(?![^\W_])(?![:/\-][0-9]|{thousands},[0-9]{{2}}(?![0-9,])|[.](?!0+(?![0-9]|[.][0-9]))[0-9])"
DIGITS = (r"(?<![^\W_])(?<![0-9][.:/\-+])", _BEHIND.format(thousands=""))
CHECKED_DIGITS = (DIGITS[0], _BEHIND.format(thousands="(?<=[.][0-9]{3}[.][0-9]{3})"))
OPEN = ("", "")

#: The trigger of patterns of numbers: six digits.
DIGIT_RUN = "[0-9](?:[ .,/()\u00a0\u2010\u2011\u2012\u2013-]{0,3}[0-9]){5}"
#: Characters that no pattern of numbers contains: another value begins there.
STOPS = '"\n:'

Check = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""One kind of value to find.

    ``body`` is in the syntax that ``re`` and RE2 share (no look-around, no ``\d \w \s \b``); the finding is the
    group ``v``, if any, else the match. ``check`` gets the value and returns the length of its valid prefix, 0 for
    none. The score is ``boosted`` near one of the ``words``, else ``score``; a finding below 0.35 is dropped. ``wary``
    patterns yield to words for other kinds of numbers: "always" those without a check digit, "bare" those whose check
    digit every tenth number has, where the value stands neither in groups nor near one of the ``words``. No word beats
    any other check digit.
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
    wary: str = ""  # "always" | "bare"
    whole: bool = False  # the check is all or nothing, so context words may be tested first
    country: str = ""
    shape: str = ""  # for long patterns: searched by RE2 instead of the body, starts within ``lead`` characters
    lead: int = 0
    refine: Callable[[str, str], str] | None = None  # (value, words before it) -> entity type, "" = nothing


def whole(valid: Callable[[str], Any]) -> Check:
    """Turn a predicate into a check of the whole value."""

    def check(value: str) -> int:
        return len(value) if valid(value) else 0

    return check
