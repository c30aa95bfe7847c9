"""Patterns that an operator writes: matched in linear time, and narrow where what they match is read by nobody."""

from __future__ import annotations

import re
from typing import Any, cast

import re2

_LONGEST = 256
_MEMORY = 1 << 20  # bytes of one compiled pattern
#: What a pattern of identifiers must not match whole: a value behind it would pass unread.
_TELLING = tuple(
    """
    Schmidt|schmidt|SCHMIDT|Anna Schmidt|anna.schmidt|anna_schmidt|Anna-Schmidt|AnnaSchmidt|anna.schmidt@acme.example|
    4111111111111111|4111-1111-1111-1111|4111 1111 1111 1111|DE89370400440532013000|+4915112345678|015112345678|
    0151-12345678|078-05-1120|078051120|1980-02-29|29.02.1980|19800229|C01X00T478|192.0.2.17|Hello there.|Berlin|
    diabetes
    """.replace("\n    ", "").split("|")
)


class _Linear:
    """A pattern of RE2, which knows UTF-8 only: half of a surrogate pair, as odd bytes are kept, fits none."""

    __slots__ = ("_pattern", "pattern")

    def __init__(self, pattern: str, options: Any) -> None:
        self.pattern = pattern
        self._pattern = re2.compile(pattern, options)

    def fullmatch(self, text: str) -> Any:
        """Return what matches the whole text, None where it does not."""
        try:
            return self._pattern.fullmatch(text)
        except UnicodeEncodeError:
            return None


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern that RE2 matches: no look-around, no back-references, no input on which it takes for ever.

    Raises:
        ValueError: it is none, or too long.

    """
    if len(pattern) > _LONGEST:
        raise ValueError(f"a pattern has at most {_LONGEST} characters")
    options = re2.Options()
    options.max_mem, options.log_errors = _MEMORY, False
    try:
        return cast("re.Pattern[str]", _Linear(pattern, options))
    except re2.error as error:
        said = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"'{pattern}' is no pattern that is matched in linear time (RE2): {said}") from error


def narrow(pattern: str) -> re.Pattern[str]:
    """Return a pattern of identifiers, see ``compiled``.

    Raises:
        ValueError: likewise, or a name, an address or a number of somebody would match.

    """
    made = compiled(pattern)
    for one in _TELLING:
        if made.fullmatch(one):
            raise ValueError(
                f"'{pattern}' is too wide: '{one}' would pass unread; narrow it, or leave it out, so that it is read"
            )
    return made
