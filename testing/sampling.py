"""Valid identifiers of every kind, made from a pattern's own body and check: no real person's number."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from functools import cache

from proxy.detection.patterns.pattern import Pattern

_CATEGORIES = {
    "CATEGORY_DIGIT": str.isdigit,
    "CATEGORY_NOT_DIGIT": lambda c: not c.isdigit(),
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_NOT_SPACE": lambda c: not c.isspace(),
    "CATEGORY_WORD": lambda c: c.isalnum() or c == "_",
    "CATEGORY_NOT_WORD": lambda c: not (c.isalnum() or c == "_"),
}


def sample(parsed, chance: random.Random) -> str:
    """One random string that the parsed expression matches."""
    return "".join(_piece(str(op), argument, chance) for op, argument in parsed)


def _piece(op: str, argument, chance: random.Random) -> str:  # noqa: PLR0911 -- one return per kind of node
    if op == "LITERAL":
        return chr(argument)
    if op == "NOT_LITERAL":
        return "x" if argument != ord("x") else "y"
    if op == "ANY":
        return "a"
    if op == "IN":
        return _member(argument, chance)
    if op in {"MAX_REPEAT", "MIN_REPEAT"}:
        low, high, inner = argument
        return "".join(sample(inner, chance) for _ in range(chance.randint(low, min(int(high), low + 3))))
    if op == "SUBPATTERN":
        return sample(argument[3], chance)
    if op == "BRANCH":
        return sample(chance.choice(argument[1]), chance)
    raise NotImplementedError(op)


def _member(items, chance: random.Random) -> str:
    if str(items[0][0]) == "NEGATE":
        return chance.choice([c for c in "aZ0 .-:" if not _holds(items[1:], c)])
    kind, value = chance.choice(items)
    if str(kind) == "CATEGORY":
        return chance.choice([c for c in "aZ0_ .-:" if _CATEGORIES[str(value)](c)])
    return chr(value) if str(kind) == "LITERAL" else chr(chance.randint(*value))


def _holds(items, character: str) -> bool:
    return any(_is(str(kind), value, character) for kind, value in items)


def _is(kind: str, value, character: str) -> bool:
    if kind == "CATEGORY":
        return _CATEGORIES[str(value)](character)
    return ord(character) == value if kind == "LITERAL" else value[0] <= ord(character) <= value[1]


def valid(pattern: Pattern, wanted: int) -> tuple[str, ...]:
    """Return the first ``wanted`` values that the pattern's check accepts whole, trying all last digits or letters in turn.

    Each is drawn once in a process: some take thousands of attempts.
    """
    values, drawn = _drawing(pattern)
    values += itertools.islice(drawn, max(0, wanted - len(values)))
    return tuple(values[:wanted])


@cache
def _drawing(pattern: Pattern) -> tuple[list[str], Iterator[str]]:
    """Return the values of a pattern that were drawn, and what draws more."""
    return [], _draw(pattern)


def _draw(pattern: Pattern) -> Iterator[str]:
    chance = random.Random(7)
    parsed = re._parser.parse(pattern.body)  # type: ignore[attr-defined]
    whole = re.compile(pattern.body)
    for _ in range(40_000):
        for candidate in _endings(sample(parsed, chance)):
            if whole.fullmatch(candidate) and pattern.check(candidate) == len(candidate):
                yield candidate
                break


def _endings(value: str) -> Iterator[str]:
    place = max(i for i, c in enumerate(value) if c.isalnum())
    for ending in "0123456789" if value[place].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        yield value[:place] + ending + value[place + 1 :]
