from __future__ import annotations

import pytest

from testing import parts


@pytest.mark.parametrize(("cases", "chosen"), [(1, 1), (24, 24), (25, 24), (1_000, 24)])
def test_of_many_cases_some_run_from_the_first_to_near_the_last(cases, chosen):
    tests = [f"tests/a.py::test_b[{number}]" for number in range(cases)]
    sample = parts.sample(["tests/a.py::test_other", *tests])
    numbers = sorted(tests.index(test) for test in sample - {"tests/a.py::test_other"})
    assert len(sample) == chosen + 1
    assert numbers[0] == 0
    assert numbers[-1] >= cases - 1 - cases / chosen
