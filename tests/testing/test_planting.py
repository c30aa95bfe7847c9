"""Every notation is one that a parser reads, and is seen where it stands."""

from __future__ import annotations

import json

import pytest

from testing.dialects import planting
from testing.dialects.planting import NOTATIONS

DOCUMENT = {"a": {"b": "x"}, "c": ["y"]}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_planted_value_is_read_and_seen(notation):
    made = planting.planted(DOCUMENT, ("a", "b"), notation)
    assert json.loads(made) != DOCUMENT or notation == "repeated key, first"
    assert planting.holds(made)
    assert not planting.holds(json.dumps(DOCUMENT))


def test_notation_that_needs_an_object_has_none_in_a_list():
    assert planting.planted(DOCUMENT, ("c", 0), "unknown member") is None
    assert planting.holds(planting.planted(DOCUMENT, ("c", 0), "digits"))
