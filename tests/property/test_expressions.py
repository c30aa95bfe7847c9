"""No regular expression of the product takes exponentially long: each is given what its own repetitions repeat."""

from __future__ import annotations

import importlib
import pkgutil
import random
import re
import time
from collections.abc import Iterator, Mapping
from types import BuiltinMethodType
from typing import Any

import pytest

import proxy
from proxy.detection.patterns.recognizers import PATTERNS
from proxy.detection.patterns.scanner import exact
from testing import sampling

pytestmark = pytest.mark.heavy

#: Lengths of texts, close enough that a cost which doubles with each character shows before it cannot be waited for.
LENGTHS = (16, 20, 24, 28, 32, 40, 50, 64, 80, 100, 130, 160, 200, 250, 320, 400)
ENDINGS = ("\1", "a", "2", " ")
LONG_S = 0.2
CHANCE = random.Random(5)
FLAGS = re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE | re.ASCII


def expressions(value: Any, depth: int = 0) -> Iterator[re.Pattern[str]]:
    """Yield the expressions in a value of a module."""
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif isinstance(value, BuiltinMethodType):
        yield from expressions(value.__self__, depth + 1) if isinstance(value.__self__, re.Pattern) else ()
    elif depth < 4 and isinstance(value, Mapping):
        yield from (found for held in value.values() for found in expressions(held, depth + 1))
    elif depth < 4 and isinstance(value, (tuple, list, frozenset)):
        yield from (found for held in value for found in expressions(held, depth + 1))
    elif depth < 4 and type(value).__module__.startswith("proxy.") and hasattr(value, "__dict__"):
        yield from expressions(vars(value), depth + 1)


def repetitions(parsed: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield what an expression repeats, each with what must stand before it."""
    nodes = list(parsed)
    for number, (op, argument) in enumerate(nodes):
        here = (*before, *nodes[:number])
        if str(op) in {"MAX_REPEAT", "MIN_REPEAT"}:
            yield here, argument[2]
            yield from repetitions(argument[2], here)
        elif str(op) == "SUBPATTERN":
            yield from repetitions(argument[-1], here)
        elif str(op) == "BRANCH":
            yield from (found for branch in argument[1] for found in repetitions(branch, here))


def sample(nodes: Any) -> str:
    try:
        return sampling.sample(nodes, CHANCE)
    except NotImplementedError:
        return ""


def attacks(expression: re.Pattern[str]) -> set[tuple[str, str]]:
    """Return pairs of an opening and what is repeated behind it."""
    parsed = re._parser.parse(expression.pattern, expression.flags & FLAGS)  # type: ignore[attr-defined]
    pairs = {
        (opening, repeated)
        for before, body in repetitions(parsed)
        for repeated in {sample(body) for _ in range(8)}
        for opening in ("", sample(before))
        if repeated
    }
    return set(CHANCE.sample(sorted(pairs), min(len(pairs), 32)))


def is_slow(expression: re.Pattern[str], opening: str, repeated: str) -> bool:
    for ending in ENDINGS:
        for length in LENGTHS:
            text = opening + (repeated * length)[:length] + ending
            began = time.process_time()
            expression.search(text)
            if time.process_time() - began > LONG_S:
                return True
    return False


def every() -> list[re.Pattern[str]]:
    modules = [importlib.import_module(found.name) for found in pkgutil.walk_packages(proxy.__path__, "proxy.")]
    held = {expression for module in modules for expression in expressions(vars(module))}
    return sorted(held | {re.compile(exact(pattern)) for pattern in PATTERNS}, key=lambda found: found.pattern)


def test_the_check_finds_an_exponential_expression() -> None:
    rows = r"\((?P<row>(?:[^()']|'(?:[^']|'')*')*)\)"
    for body in (r"(?:a+b?)*c", r"(?<![0-9])[01]{7,8}(?:[ ,]?[01]{7,8}){2,2000}(?![0-9])", rows):
        expression = re.compile(body)
        assert any(is_slow(expression, *attack) for attack in attacks(expression))


def test_no_expression_takes_exponentially_long() -> None:
    all_of_them = every()
    assert len(all_of_them) > 500
    assert [e.pattern for e in all_of_them if any(is_slow(e, *attack) for attack in attacks(e))] == []
