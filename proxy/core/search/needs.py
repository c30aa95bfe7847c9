"""What every text has that a pattern can match in: told in one fast pass, so that most patterns never run.

``shaped`` wants an RE2 pattern over the bytes of UTF-8 that is at most as strict as the pattern it stands before: no
look-around, and every byte of another character than ASCII's may be a letter, a space or a border.
"""

from __future__ import annotations

from collections.abc import Callable

import re2

#: Whether a pattern may match in a text.
Test = Callable[[str], object]
#: Begins a word, number or token; one letter; one character that is no white space.
BORDER = r"(?:^|[^0-9A-Za-z])"
LETTER = r"(?:[A-Za-z]|[\x80-\xff]{1,4})"
SIGN = r"(?:[^\x00-\x20\x80-\xff]|[\x00-\x08\x0e-\x1b\x80-\xff]|[\x80-\xff]{2,4})"


def always(_: str) -> bool:
    """Let a pattern run over every text."""
    return True


def holding(*signs: str) -> Test:
    """Tell whether one of these stands in a text."""
    return lambda text: any(sign in text for sign in signs)


def shaped(pattern: str) -> Test:
    """Tell whether something of this shape stands in a text."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    search = re2.compile(pattern.encode(), options).search
    return lambda text: search(text.encode("utf-8", "replace")) is not None
