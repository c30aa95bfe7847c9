"""Mutants of the organisation's own rules: each rule left out, and each condition of a rule left out.

A mutant with which all tests pass shows what no test needs. One that does not compile is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from proxy.policy.authoring import suite
from proxy.policy.authoring.spread import spread
from proxy.policy.bundles.tree import OVERLAY, Tree
from proxy.policy.engine.syntax import RegoParser
from proxy.policy.faults import BundleRefusedError

#: What tests of an overlay may use of the library's.
_SHARED: Final = "lib/fixtures/"
_OPEN, _CLOSED = "{[(", "}])"
#: Texts and comments, whose brackets close nothing.
_TEXTS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|#.*')


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module without some of its lines. ``row`` is the first of them, ``text`` what it says."""

    module: str
    row: int
    what: str  # "rule" or "condition"
    text: str
    source: str


def mutants(tree: Tree) -> Iterator[Mutant]:
    """Yield the mutants of an overlay's rules, in the order of its sources."""
    parser = RegoParser()
    try:
        for name, source in sorted(tree.modules.items()):
            if name.startswith(f"{OVERLAY}/"):
                whole = spread(source)
                lines = whole.text.splitlines()
                for rule in parser.parse(name, whole.text).rules:
                    if not rule.default:
                        of_rule = _of_rule(name, lines, rule.row)
                        yield from (replace(mutant, row=whole.rows[mutant.row - 1]) for mutant in of_rule)
    finally:
        parser.close()


def _of_rule(name: str, lines: list[str], row: int) -> Iterator[Mutant]:
    last = _end(lines, row)
    last = _end(lines, last + 1) if lines[last - 1].rstrip().endswith(" if") else last
    yield _without(name, lines, row, last, "rule")
    opened = next((at for at in range(row, last + 1) if lines[at - 1].rstrip().endswith(("if {", " if"))), last)
    if lines[opened - 1].rstrip().endswith(" if"):  # one condition, without braces
        bare = [*lines[: opened - 1], lines[opened - 1].rstrip().removesuffix(" if"), *lines[opened:]]
        yield _without(name, bare, opened + 1, _end(lines, opened + 1), "condition")
        return
    at = opened + 1
    while at < last:
        end = _end(lines, at)
        if lines[at - 1].partition("#")[0].strip():
            yield _without(name, lines, at, end, "condition")
        at = end + 1


def _end(lines: list[str], row: int) -> int:
    """Return the last row of what begins at a row: where all its brackets are closed again."""
    depth = 0
    for at in range(row, len(lines) + 1):
        code = _TEXTS.sub("", lines[at - 1])
        depth += sum(map(code.count, _OPEN)) - sum(map(code.count, _CLOSED))
        if depth <= 0:
            return at
    return len(lines)


def _without(name: str, lines: list[str], first: int, last: int, what: str) -> Mutant:
    left = [*lines[: first - 1], *[""] * (last - first + 1), *lines[last:]]
    return Mutant(name, first, what, lines[first - 1].strip(), "\n".join(left) + "\n")


def survivors(tree: Tree, data: Mapping[str, Any], chosen: list[Mutant]) -> Iterator[tuple[Mutant, bool]]:
    """Yield each mutant and whether all tests of the overlay pass with it; those that do not compile are left out."""
    tests = {name: source for name, source in tree.tests.items() if name.startswith((f"{OVERLAY}/", _SHARED))}
    tested = replace(tree, tests=tests)
    for mutant in chosen:
        changed = replace(tested, modules={**tested.modules, mutant.module: mutant.source})
        try:
            failing = suite.failing(changed, data)
        except BundleRefusedError:
            continue
        yield mutant, not failing
