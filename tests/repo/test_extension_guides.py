"""Extension guides can be followed as they stand, and cost no more places than they say; ``make extend-check`` runs all."""

from __future__ import annotations

import pytest

from bench import extend
from testing import guides

#: Guides whose commands take seconds.
CHEAP = {"setting"}


@pytest.fixture(scope="module")
def copy():
    with extend.copy() as root:
        yield root


@pytest.fixture
def fresh(copy):
    yield copy
    extend.clean(copy)


@pytest.mark.parametrize("guide", guides.every(), ids=lambda guide: guide.kind)
def test_a_guide_fits_the_sources_and_its_figure(guide, fresh):
    touched = extend.follow(guide, fresh, commands=guide.kind in CHEAP)
    assert 0 < len(touched.sources) <= guide.should
