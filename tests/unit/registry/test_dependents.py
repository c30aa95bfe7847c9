from __future__ import annotations

import pytest

from proxy.catalog import documents
from proxy.errors import ConfigurationError
from proxy.registry import edit
from proxy.registry.dependents import dependents
from proxy.runtime.resources import shipped

SHIPPED = documents.read(shipped("config")).plain


def test_a_provider_is_named_by_its_targets_and_an_activity_by_nothing_else():
    assert "targets.standin/eu" in dependents(SHIPPED, "providers.standin.legal_name")
    assert dependents(SHIPPED, "targets.openai/us") != dependents(SHIPPED, "targets.standin/eu")


@pytest.mark.parametrize("path", ["", "registry", "targets", "routes.0", "providers.nobody"])
def test_what_is_no_entry_has_no_dependents(path):
    assert dependents(SHIPPED, path) == ()


@pytest.mark.parametrize("section", ["providers", "targets"])
def test_every_place_that_is_named_is_there_and_names_the_entry(section):
    for name in SHIPPED["registry"][section]:
        for place in dependents(SHIPPED, edit.joined(("registry", section, name))):
            value = edit.get(SHIPPED, place)
            assert place.startswith("endpoints.") or name in str(value)


def test_a_malformed_path_is_refused():
    with pytest.raises(ConfigurationError):
        dependents(SHIPPED, 'targets."x')
