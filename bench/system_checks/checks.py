"""What a system check is, and the list of all. What each must show is in ``tests/golden/system_checks.json``."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.hostile.rows import Found
from bench.hostile.stand import Stand

_GOLDEN = Path(__file__).parents[2] / "tests" / "golden" / "system_checks.json"
Run = Callable[[Stand], Awaitable[Found]]


class NotPossibleHereError(Exception):
    """What a check needs is not on this machine or in this release; the message says what."""


@dataclass(frozen=True, slots=True)
class SystemCheck:
    """One check. ``last``: its place among those that leave the stack changed, 0 for the others."""

    id: str
    name: str
    expected: str
    done: str
    run: Run
    last: int = 0
    patience_s: float = 300.0


CHECKS: list[SystemCheck] = []


@cache
def golden() -> Mapping[str, Mapping[str, str]]:
    """Return every check by its id: name, procedure and what is expected."""
    return {one["id"]: one for one in json.loads(_GOLDEN.read_text(encoding="utf-8"))}


def check(identity: str, done: str, *, last: int = 0, patience_s: float = 300.0) -> Callable[[Run], Run]:
    """Add a check to the list; ``done`` says what it does, in a line."""
    about = golden()[identity]

    def add(run: Run) -> Run:
        CHECKS.append(SystemCheck(identity, about["name"], about["expected"], done, run, last, patience_s))
        return run

    return add
