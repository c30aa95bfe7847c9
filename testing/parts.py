"""The part of the suite that `make test` runs: of a test with many cases a sample."""

from __future__ import annotations

from collections.abc import Iterable

#: So many cases of one test are a sample of them.
CASES = 24


def sample(tests: Iterable[str]) -> set[str]:
    """Return ids of tests ("tests/a.py::test_b[case]"): of each test its cases, or ``CASES`` spread evenly over them."""
    by_test: dict[str, list[str]] = {}
    for test in tests:
        by_test.setdefault(test.partition("[")[0], []).append(test)
    return {
        cases[number * len(cases) // count]
        for cases in by_test.values()
        for count in (min(CASES, len(cases)),)
        for number in range(count)
    }
