from __future__ import annotations

from proxy.core.targets.capabilities import INPUTS, Capabilities, Requirements
from testing.fakes import catalog


def test_features_and_hosts_are_taken_only_where_they_are_named():
    assert Capabilities() == Capabilities(INPUTS, frozenset(), frozenset(), frozenset())
    assert all(not one.accepts.features and not one.accepts.remote_hosts for one in catalog().targets.values())


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
