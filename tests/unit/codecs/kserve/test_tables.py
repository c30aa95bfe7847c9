from __future__ import annotations

import pytest

from proxy.codecs.kserve.tables import GENERATE, GENERATE_REPLY, INFER, INFER_REPLY


@pytest.mark.parametrize("table", [INFER, GENERATE])
def test_every_member_that_is_known_is_a_key_of_the_dialect(table):
    assert set(table.members.by_name) <= table.keys


def test_a_member_of_a_message_that_nobody_knows_is_a_feature():
    assert INFER.members.asks is None
    assert "shared_memory_region" not in INFER.keys


def test_names_and_ids_are_no_words_of_the_dialect():
    for table in (INFER_REPLY, GENERATE_REPLY):
        assert not {"id", "name", "parameters"} & table.structural
