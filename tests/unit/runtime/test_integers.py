from __future__ import annotations

import pytest

from proxy.runtime.integers import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0), ("7", 7), ("007", 7), ("100", 100), ("101", None), ("", None), ("-1", None), ("+1", None), (" 1", None),
        ("1_0", None), ("²", None), ("٣", None), ("1.0", None), ("9" * 4400, None), ("0" * 4400, None),
    ],
)  # fmt: skip
def test_a_whole_number_has_ascii_digits_and_an_end(text, number):
    assert whole_number(text, 100) == number
