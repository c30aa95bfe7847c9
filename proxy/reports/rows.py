"""Values of the database as plain JSON values, so that a digest can be made again from a file, and as cells. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

READ = "read:"  # how such a token begins


def plain(row: Any, documents: Collection[str] = ()) -> dict[str, Any]:
    """Return a row by column; ``documents`` are columns that the driver returns as JSON text."""
    return {
        name: orjson.loads(cell) if name in documents and cell is not None else value(cell)
        for name, cell in row.items()
    }


def written(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has a value, as statements and records write it; a data subject is the token of reads about them."""
    present = {name: value(item) for name, item in values.items() if item is not None}
    tokens = [item for item in present.get("subject") or () if str(item).startswith(READ)]
    return present | ({"subject": tokens} if tokens else {})


def value(item: Any) -> Any:
    """Return a value: times as ISO texts in UTC, bytes in hex, whole decimals as whole numbers."""
    match item:
        case datetime():
            return item.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case bytes():
            return item.hex()
        case Decimal():
            return int(item) if item == item.to_integral_value() else float(item)
        case list():
            return [value(each) for each in item]
        case None | bool() | int() | float() | str():
            return item
        case _:
            return str(item)


def cell(item: object) -> str:
    """Return the text of one cell: nothing for none, elements of a list with a blank between, an object as JSON."""
    match item:
        case None:
            return ""
        case bool():
            return "yes" if item else "no"
        case Mapping():
            return orjson.dumps(item, option=orjson.OPT_SORT_KEYS).decode()
        case list() | tuple():
            return " ".join(cell(element) for element in item)
        case _:
            return str(item)
