"""Numbers of a statement that are replaced by words: these stand in quotes, so that the statement stays one."""

from __future__ import annotations

import re
from collections.abc import Sequence

_STATEMENT = re.compile(r"\b(?:insert|replace|upsert|update|delete|values|where)\b", re.IGNORECASE)
_BEFORE = re.compile(r"(?:[(,=<>]|\b(?:like|and|between|then|else))\s*\Z", re.IGNORECASE)
_BEHIND = re.compile(r"\s*(?:[),;]|\Z|--|(?:and|or|where|then|else|end|as|limit|order|returning|on)\b)", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_REACH = 16


def quoted(text: str, edits: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return disjoint, ordered edits with a word for an unquoted number of SQL in quotes."""
    statement = _STATEMENT.search(text) if edits else None
    if statement is None:
        return list(edits)
    done, within, changed = statement.start(), False, list[tuple[int, int, str]]()
    for start, end, new in edits:
        within ^= text.count("'", done, max(start, done)) % 2 == 1
        done = max(start, done)
        bare = (
            not within
            and _NUMBER.fullmatch(text, start, end)
            and not _NUMBER.fullmatch(new)
            and _BEFORE.search(text, max(0, start - _REACH), start)
            and _BEHIND.match(text, end)
        )
        changed.append((start, end, f"'{new}'" if bare else new))
    return changed
