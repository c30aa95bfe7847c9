"""The part of the suite that `make test` runs: of a test with many cases a sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

#: So many cases of one test are a sample of them.
CASES = 12


def test_of(case: str) -> str:
    """Return the id of the test that a case belongs to."""
    return case.partition("[")[0]


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
