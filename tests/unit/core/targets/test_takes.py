from __future__ import annotations

from proxy.core.targets.takes import INPUTS, Requirements, Takes
from testing.fakes import catalog


def test_features_and_hosts_are_taken_only_where_they_are_named():
    assert Takes() == Takes(INPUTS, frozenset(), frozenset(), frozenset())
    assert all(not one.takes.features and not one.takes.remote_hosts for one in catalog().targets.values())


def test_what_is_asked_is_part_of_a_decisions_key():
    assert (
        len(
            {
                Requirements(),
                Requirements(("tools.mcp",)),
                Requirements(inputs=("image",)),
                Requirements(lacking=(("a", ("image",)),)),
            }
        )
        == 4
    )
