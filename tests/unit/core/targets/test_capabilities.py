from __future__ import annotations

import pytest

from proxy.codecs.endpoints import NAMES
from proxy.core.targets.capabilities import CLIENTS, INPUTS, Capabilities, Requirements, droppable, taken
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


@pytest.mark.parametrize("name", sorted(CLIENTS))
def test_every_program_speaks_apis_that_exist(name):
    assert set(CLIENTS[name].speaks) <= NAMES


def test_what_is_taken_can_be_left_out_too_and_what_is_dropped_is_not_taken():
    assert taken([]) == droppable([]) == frozenset()
    assert "anthropic-beta.claude-code" in taken(["claude-code"]) <= droppable(["claude-code"])
    assert droppable(["codex"]) - taken(["codex"]) == {
        "client_metadata",
        "tools.external_web_access",
        "tools.web_search",
    }
