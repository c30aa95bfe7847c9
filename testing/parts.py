"""The part of the suite that `make test` runs: of a test with many cases a sample, and nothing that takes long."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from testing.costs import Costs, test_of

#: So many cases of one test are a sample of them.
CASES = 12
#: What takes longer has no part in a sample, seconds: nineteen of twenty tests take less, and two thirds of the time is theirs.
MOST_S = 0.35


def quick(tests: Iterable[str], costs: Costs, kept: Collection[str], most: Mapping[str, int]) -> set[str]:
    """Return the sample of ``tests`` without what takes long; ``kept`` is in it whatever it takes."""
    sampled = sample(tests, most)
    return sampled - costs.dear(sampled, MOST_S).difference(kept)


def sample(tests: Iterable[str], most: Mapping[str, int] = MappingProxyType({})) -> set[str]:
    """Return ids of tests ("tests/a.py::test_b[case]"): of each test its cases, or ``CASES`` spread evenly over them.

    ``most`` is another number of cases, by test.
    """
    by_test: dict[str, list[str]] = {}
    for test in tests:
        by_test.setdefault(test_of(test), []).append(test)
    return {
        cases[number * len(cases) // count]
        for test, cases in by_test.items()
        for count in (min(most.get(test, CASES), len(cases)),)
        for number in range(count)
    }
