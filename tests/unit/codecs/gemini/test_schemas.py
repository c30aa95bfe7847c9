"""Google's schemas in JSON Schema's words."""

from __future__ import annotations

import pytest

from proxy.codecs.gemini.schemas import json_schema


def test_types_counts_and_names_are_those_of_json_schema():
    own = {"type": "OBJECT", "propertyOrdering": ["b"], "properties": {
        "type": {"type": "STRING", "nullable": True, "example": "x", "enum": ["A"], "maxLength": "12"},
        "many": {"type": "ARRAY", "items": {"type": "INTEGER"}, "minItems": "1"},
        "any": {"anyOf": [{"type": "NUMBER"}, {"ref": "#/defs/x"}], "type": "TYPE_UNSPECIFIED"},
    }, "required": ["type"], "defs": {"x": {"type": "BOOLEAN"}}}  # fmt: skip
    assert json_schema(own) == {"type": "object", "properties": {
        "type": {"type": ["string", "null"], "examples": ["x"], "enum": ["A"], "maxLength": 12},
        "many": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        "any": {"anyOf": [{"type": "number"}, {"$ref": "#/defs/x"}]},
    }, "required": ["type"], "$defs": {"x": {"type": "boolean"}}}  # fmt: skip


def test_it_is_not_nested_too_deep():
    deep = {"type": "STRING"}
    for _ in range(80):
        deep = {"items": deep}
    with pytest.raises(ValueError):
        json_schema(deep)
