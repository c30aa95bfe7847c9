"""A value of a row as the text of one cell. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import orjson


def cell(value: object) -> str:
    """Return the text: nothing for none, elements of a list with a blank between, an object as JSON."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        case list() | tuple():
            return " ".join(cell(element) for element in value)
        case _:
            return str(value)
