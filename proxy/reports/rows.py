"""Values of the database as plain JSON values, so that a digest can be made again from a file. Pure."""

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
        name: orjson.loads(one) if name in documents and one is not None else value(one) for name, one in row.items()
    }


def written(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has a value, as statements and records write it; a data subject is the token of reads about them."""
    present = {name: value(one) for name, one in values.items() if one is not None}
    tokens = [one for one in present.get("subject") or () if str(one).startswith(READ)]
    return present | ({"subject": tokens} if tokens else {})


def value(one: Any) -> Any:
    """Return a value: times as ISO texts in UTC, bytes in hex, whole decimals as whole numbers."""
    match one:
        case datetime():
            return one.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case bytes():
            return one.hex()
        case Decimal():
            return int(one) if one == one.to_integral_value() else float(one)
        case list():
            return [value(each) for each in one]
        case None | bool() | int() | float() | str():
            return one
        case _:
            return str(one)
