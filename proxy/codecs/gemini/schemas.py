"""Google's own schemas (a subset of OpenAPI's) as JSON Schema. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.codecs import pointer

#: Keywords that Google writes as 64-bit numbers in JSON: as strings.
_COUNTS = frozenset("minItems maxItems minProperties maxProperties minLength maxLength".split())
_SPELLED = {"ref": "$ref", "defs": "$defs"}
_NAMED = frozenset({"properties", "$defs", "defs"})
_LEFT_OUT = frozenset({"propertyOrdering", "nullable"})
_NESTED = frozenset({"items", "anyOf", "oneOf", "allOf", "additionalProperties"})
_NOTHING = "TYPE_UNSPECIFIED"


def json_schema(schema: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """Return the schema in JSON Schema's words. The order of properties is dropped: objects have none.

    Raises:
        ValueError: nested too deep.

    """
    if depth > pointer.DEPTH_LIMIT:
        raise ValueError("nested too deep")
    converted: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "type" and isinstance(value, str):
            converted |= {} if value == _NOTHING else {"type": _type(value, nullable=schema.get("nullable") is True)}
        elif key == "example":
            converted["examples"] = [value]
        elif key not in _LEFT_OUT:
            converted[_SPELLED.get(key, key)] = _below(key, value, depth + 1)
    return converted


def _type(name: str, *, nullable: bool) -> str | list[str]:
    return [name.lower(), "null"] if nullable else name.lower()


def _below(key: str, value: Any, depth: int) -> Any:
    if key in _COUNTS and isinstance(value, str) and value.isdecimal():
        return int(value)
    if key in _NAMED and isinstance(value, dict):
        return {name: json_schema(inner, depth) if isinstance(inner, dict) else inner for name, inner in value.items()}
    if key in _NESTED and isinstance(value, dict):
        return json_schema(value, depth)
    if key in _NESTED and isinstance(value, list):
        return [json_schema(inner, depth) if isinstance(inner, dict) else inner for inner in value]
    return value
