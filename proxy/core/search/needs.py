"""Fast necessary conditions for a pattern to match in a text, so that most patterns never run.

``shaped`` takes an RE2 pattern over UTF-8 bytes that is at most as strict as the pattern it guards: it has no
look-around, and any non-ASCII byte may be a letter, a space or a border.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import re2

#: Whether a pattern may match in a text.
Test = Callable[[str], object]
#: The start of a word, number or token; one letter; one character that is not white space.
BORDER = r"(?:^|[^0-9A-Za-z])"
LETTER = r"(?:[A-Za-z]|[\x80-\xff]{1,4})"
SIGN = r"(?:[^\x00-\x20\x80-\xff]|[\x00-\x08\x0e-\x1b\x80-\xff]|[\x80-\xff]{2,4})"


def always(_: str) -> bool:
    """Run a pattern over every text."""
    return True


def holding(*signs: str) -> Test:
    """Return a test for one of these substrings."""
    return lambda text: any(sign in text for sign in signs)


def compiled(pattern: str) -> Any:
    """Return an RE2 pattern over bytes that captures nothing."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    return re2.compile(pattern.encode(), options)


def shaped(pattern: str) -> Test:
    """Return a test for a match of this pattern."""
    search = compiled(pattern).search
    return lambda text: search(text.encode("utf-8", "replace")) is not None
