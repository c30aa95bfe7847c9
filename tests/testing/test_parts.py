from __future__ import annotations

import pytest

from testing import parts


@pytest.mark.parametrize(("cases", "chosen"), [(1, 1), (12, 12), (13, 12), (1_000, 12)])
def test_of_many_cases_some_run_from_the_first_to_near_the_last(cases, chosen):
    tests = [f"tests/a.py::test_b[{number}]" for number in range(cases)]
    sample = parts.sample(["tests/a.py::test_other", *tests])
    numbers = sorted(tests.index(test) for test in sample - {"tests/a.py::test_other"})
    assert len(sample) == chosen + 1
    assert numbers[0] == 0
    assert numbers[-1] >= cases - 1 - cases / chosen


def test_a_test_whose_cases_take_seconds_has_fewer_of_them():
    tests = [f"tests/a.py::test_{name}[{number}]" for name in "bc" for number in range(20)]
    sample = parts.sample(tests, {"tests/a.py::test_b": 3})
    assert [sum(test in one for one in sample) for test in ("test_b[", "test_c[")] == [3, parts.CASES]
