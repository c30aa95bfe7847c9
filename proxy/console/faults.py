"""What went wrong, in the reader's language: messages of faults, whose values stay as they are. Pure.

Sources say faults in English, with values in them. A catalogue of translations has them with ``%(name)s`` for each
value, in a context of their own, so a message is recognised by the words around its values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

#: The context of messages of faults in a catalogue of translations.
CONTEXT = "fault"
#: The fewest letters outside of its values by which a message is recognised.
LETTERS = 8
#: Longer messages are not looked for, characters: they quote what somebody wrote.
_LONGEST = 1000
_VALUE = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class FaultPhrase:
    """A message with values in it, and its translation."""

    pattern: re.Pattern[str]
    translation: str


def phrases(messages: Iterable[tuple[str, str]]) -> tuple[FaultPhrase, ...]:
    """Return those of messages, each with its translation, that have values."""
    return tuple(
        FaultPhrase(re.compile(_pattern(message), re.DOTALL), translation)
        for message, translation in messages
        if _VALUE.search(message) and translation
    )


def translated(message: str, catalogue: Iterable[FaultPhrase], spoken: Callable[[str], str]) -> str | None:
    """Return a message in the catalogue's language, values as ``spoken`` has them; None where no phrase is like it."""
    if len(message) > _LONGEST:
        return None
    for phrase in catalogue:
        if match := phrase.pattern.fullmatch(message):
            return phrase.translation % {name: spoken(value) for name, value in match.groupdict().items()}
    return None


def _pattern(message: str) -> str:
    """Return the pattern of a message: two values of one name are the same."""
    parts, seen = _VALUE.split(message), set[str]()
    for index in range(1, len(parts), 2):
        name = parts[index]
        parts[index] = f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
        seen.add(name)
    parts[::2] = map(re.escape, parts[::2])
    return "".join(parts)
