from __future__ import annotations

import pytest

from proxy.core.targets.access import is_file_name


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("key", True),
        ("a.b-c_d", True),
        ("", False),
        ("../k", False),
        ("a/b", False),
        (".k", False),
        ("a\\b", False),
        ("a\0", False),
    ],
)
def test_the_name_of_a_file_is_no_path(name, plain):
    assert is_file_name(name) is plain
