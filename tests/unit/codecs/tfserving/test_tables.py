from __future__ import annotations

import pytest

from proxy.codecs.tfserving.tables import EXAMPLES, EXAMPLES_REPLY, EXPLAIN_REPLY, PREDICT, PREDICT_REPLY


@pytest.mark.parametrize("table", [PREDICT, EXAMPLES])
def test_every_member_that_is_known_is_a_key_of_the_dialect_and_none_has_words(table):
    assert set(table.members.by_name) <= table.keys
    assert not table.words


def test_what_a_model_says_is_free():
    for table in (PREDICT_REPLY, EXPLAIN_REPLY, EXAMPLES_REPLY):
        assert set(table.free) == set(table.needs)
        assert not table.structural
