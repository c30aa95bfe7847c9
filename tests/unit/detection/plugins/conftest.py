"""The third party's package as one that is installed: on the path, with metadata that name its entry points."""

from __future__ import annotations

import pytest

from testing import acme


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install it with the entry points of a group: ``installed("operators", acme_token="Token")``."""

    def install(group, **points):
        monkeypatch.syspath_prepend(acme.installed(tmp_path, {group: points}))

    return install
