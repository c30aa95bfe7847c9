"""Documents with something odd, or nothing, in any place."""

from __future__ import annotations

import orjson

from testing.dialects import stand
from testing.examples import share

DEEP = orjson.loads(b"[" * 200 + b"]" * 200)
ODD = (
    None,
    True,
    -1,
    2**53,
    1e300,
    "",
    "x",
    [],
    {},
    [[]],
    [None],
    {"": {}},
    {"type": []},
    {"type": "x", "error": 1},
    DEEP,
)


def places_of(node, keys=()):
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [keys, *(found for key, value in items for found in places_of(value, (*keys, key)))]


def spoilt(document):
    """Yield the document with odd values in each of its places, and without what stands there."""
    yield from ODD
    for keys in places_of(document)[1:]:
        yield from (stand.planted(document, keys, odd) for odd in share(ODD))
        made = stand.copied(document)
        del stand.at(made, keys[:-1])[keys[-1]]
        yield made
