"""Patterns in declarations: matched in linear time, and narrow if their matches are not inspected."""

from __future__ import annotations

import re
from typing import Any, cast

import re2

_LONGEST = 256
_MEMORY = 1 << 20  # bytes of one compiled pattern
#: Values that a pattern of identifiers must not match as a whole, because they would pass uninspected.
_PERSONAL = tuple(
    """
    Schmidt|schmidt|SCHMIDT|Anna Schmidt|anna.schmidt|anna_schmidt|Anna-Schmidt|AnnaSchmidt|anna.schmidt@acme.example|
    4111111111111111|4111-1111-1111-1111|4111 1111 1111 1111|DE89370400440532013000|+4915112345678|015112345678|
    0151-12345678|078-05-1120|078051120|1980-02-29|29.02.1980|19800229|C01X00T478|192.0.2.17|Hello there.|Berlin|
    diabetes
    """.replace("\n    ", "").split("|")
)


class _Linear:
    """An RE2 pattern. RE2 knows only UTF-8: a text with lone surrogates (from invalid bytes) never matches."""

    __slots__ = ("_pattern", "pattern")

    def __init__(self, pattern: str, options: Any) -> None:
        self.pattern = pattern
        self._pattern = re2.compile(pattern, options)

    def fullmatch(self, text: str) -> Any:
        """Return the match of the whole text, None for no match."""
        try:
            return self._pattern.fullmatch(text)
        except UnicodeEncodeError:
            return None


def compiled(pattern: str) -> re.Pattern[str]:
    """Return an RE2 pattern: linear time on any input, no look-around and no back-references.

    Raises:
        ValueError: it is not one, or too long.

    """
    if len(pattern) > _LONGEST:
        raise ValueError(f"a pattern has at most {_LONGEST} characters")
    options = re2.Options()
    options.max_mem, options.log_errors = _MEMORY, False
    try:
        return cast("re.Pattern[str]", _Linear(pattern, options))
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"'{pattern}' is not a linear-time (RE2) pattern: {reason}") from error


def narrow(pattern: str) -> re.Pattern[str]:
    """Return a pattern of identifiers, as ``compiled``.

    Raises:
        ValueError: likewise, or it would match a personal name, address or number.

    """
    narrowed = compiled(pattern)
    for value in _PERSONAL:
        if narrowed.fullmatch(value):
            raise ValueError(
                f"'{pattern}' is too wide: '{value}' would pass unread; narrow it, or leave it out, so that it is read"
            )
    return narrowed
