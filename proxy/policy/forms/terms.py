"""Values as terms of Rego."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def term(value: Any) -> str:
    """Return a term of Rego; sets and objects are sorted."""
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(term(item) for item in value)) + "}" if value else "set()"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(key)}: {term(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(term(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
