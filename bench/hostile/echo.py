"""What a request says, as one text: the repeating target answers with it, and who asks computes what must come back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

#: Members of a request that are the dialect's own, not something said.
_DIALECT = frozenset({"model", "stream", "stream_options", "role", "type", "tool_call_id", "id", "max_tokens"})


def said(body: Any) -> str:
    """Return every string, number and freely chosen key of a request, a line each, in order."""
    return "\n".join(_leaves(body))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key in _DIALECT:
                continue
            yield str(key)
            yield from _leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, bool) or value is None:
        return
    else:
        yield str(value)
