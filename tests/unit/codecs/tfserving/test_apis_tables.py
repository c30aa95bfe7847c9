from __future__ import annotations

import pytest

from proxy.codecs.tfserving import EXAMPLES_REPLY, EXAMPLES_TABLE, EXPLAIN_REPLY, PREDICT_REPLY, PREDICT_TABLE


@pytest.mark.parametrize("table", [PREDICT_TABLE, EXAMPLES_TABLE])
def test_every_member_that_is_known_is_a_key_of_the_dialect_and_none_has_words(table):
    assert set(table.members.by_name) <= table.keys
    assert not table.words


def test_what_a_model_says_is_free():
    for table in (PREDICT_REPLY, EXPLAIN_REPLY, EXAMPLES_REPLY):
        assert set(table.free) == set(table.needs)
        assert not table.structural
