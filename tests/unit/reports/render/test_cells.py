from __future__ import annotations

import pytest

from proxy.reports.render.cells import cell


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "yes"), (0, "0"), ("a b", "a b"), (["a", None, "b"], "a  b"), ({"b": 1, "a": 2}, '{"a":2,"b":1}')],
)  # fmt: skip
def test_a_value_is_one_text(value, text):
    assert cell(value) == text
