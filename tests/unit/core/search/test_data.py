from __future__ import annotations

import pytest

from proxy.core.search.data import document


def test_a_file_of_the_package_and_of_a_folder_in_it_is_read():
    assert "mr" in document("names.toml")["titles"]
    assert "seven" in document("decoding/words.toml")["digits"]["7"]


def test_a_missing_file_is_an_error():
    with pytest.raises(FileNotFoundError):
        document("none.toml")
