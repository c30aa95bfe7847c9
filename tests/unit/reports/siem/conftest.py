from __future__ import annotations

import pytest

from testing import entries


@pytest.fixture(scope="session")
def every():
    """Records of every kind, as one chain."""
    return entries.every()


@pytest.fixture
def named(every):
    """Return the entry of an exchange and kind, or the event of a name."""

    def find(name: str, exchange: str = ""):
        [found] = [one for one in every if one.name == name and one.columns.exchange == exchange]
        return found

    return find
