"""Other ways of typing, speaking and scanning the same characters: the length of a text never changes."""

from __future__ import annotations

import random
from collections.abc import Callable

#: Dictation has no marks and no lines.
_UNMARKED = str.maketrans(dict.fromkeys('.,:;!?()"-\n/', " "))
_MISREAD = str.maketrans("01", "Ol")  # what a scanner makes of digits
#: What else it makes of one character.
_CONFUSED = {
    "l": "I1", "I": "l1", "1": "lI", "0": "OQ", "O": "0Q", "5": "S", "S": "5", "8": "B", "B": "8", "e": "c", "c": "e",
    "u": "ü", "ü": "u", "ä": "a", "ö": "o", "é": "e", "ł": "l", "ó": "o", "ą": "a", "ę": "e", "ş": "s", "ő": "ö",
    "h": "b", "n": "u", "t": "f", "i": "l", "Z": "2", "2": "Z", "g": "q", "6": "G", ".": ",", "ß": "B", "ř": "r",
}  # fmt: skip


def _mistyped(rng: random.Random, text: str) -> str:
    letters = list(text)
    for place in rng.sample(range(len(text)), max(1, len(text) // 40)):
        if letters[place].isalpha():
            letters[place] = rng.choice("abcdefghijklmnopqrstuvwxyz")
    return "".join(letters)


def _scanned(rng: random.Random, text: str) -> str:
    share = rng.choice([0.02, 0.05, 0.1])
    return "".join(rng.choice(_CONFUSED[sign]) if sign in _CONFUSED and rng.random() < share else sign for sign in text)


#: Every way, and how often it is taken.
_WAYS: tuple[tuple[float, Callable[[random.Random, str], str]], ...] = (
    (0.09, lambda _, text: text.lower()),
    (0.03, lambda _, text: text.upper()),
    (0.02, lambda _, text: text.replace(".", " ").replace(",", " ")),
    (0.015, lambda _, text: text.translate(_MISREAD)),
    (0.05, lambda _, text: text.lower().translate(_UNMARKED)),
    (0.02, _mistyped),
    (0.03, _scanned),
)


def rewritten(rng: random.Random, text: str) -> str:
    """The text in another way, or as it is; where a way would change its length, as it is."""
    weights = [share for share, _ in _WAYS]
    ways = [way for _, way in _WAYS]
    way = rng.choices([None, *ways], [1 - sum(weights), *weights])[0]
    changed = way(rng, text) if way and text else text
    return changed if len(changed) == len(text) else text
