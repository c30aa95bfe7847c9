from __future__ import annotations

import pytest

from proxy.runtime.resources import shipped


@pytest.mark.parametrize(
    ("name", "holds"), [("policies", "main.rego"), ("migrations", "0001_schema.sql"), ("config", "routes.yaml")]
)
def test_shipped_folders(name, holds):
    assert (shipped(name) / holds).is_file()


def test_a_missing_folder_is_named():
    with pytest.raises(FileNotFoundError, match="no-such-folder"):
        shipped("no-such-folder")
