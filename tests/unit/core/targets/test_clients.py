from __future__ import annotations

import pytest

from proxy.codecs.endpoints import NAMES
from proxy.core.targets.clients import CLIENTS, droppable, taken


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
