"""A guarded value in any position of a document, in every notation in which a parser of JSON still reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from testing.dialects import stand
from testing.dialects.stand import NUMBER

#: Of nobody in a request.
FOREIGN = "219-09-9999"
_HERE = "@here@"
_DIGITS = str(NUMBER)
_ANYHOW = re.compile(r"(?<!\d)" + r"[\s\",.]*".join(_DIGITS))  # also a list of digits or of groups

#: (key, JSON that stood there) -> JSON: of the value, and, from a key on, of further members.
NOTATIONS: Mapping[str, Callable[[str, str], str]] = {
    "whole": lambda _key, _before: f'"{FOREIGN}"',
    "inside": lambda _key, before: json.dumps(f"{before} {FOREIGN} {before}"),
    "escapes": lambda _key, _before: f'"\\u0032{FOREIGN[1:]}"',
    "document": lambda _key, _before: json.dumps(json.dumps({"a": [f"{FOREIGN} "]})),
    "key": lambda _key, _before: f'{{"{FOREIGN}":"x"}}',
    "address": lambda _key, _before: f'"https://x.example/p?q={FOREIGN}"',
    "percent": lambda _key, _before: f'"https://x.example/p?q={FOREIGN.replace("-", "%2D")}"',
    "number": lambda _key, _before: f"[{_DIGITS},1]",
    "text of a float": lambda _key, _before: f'"{_DIGITS}.0"',
    "float": lambda _key, _before: f"{_DIGITS}.0",
    "long float": lambda _key, _before: f"{_DIGITS}.000",
    "exponent": lambda _key, _before: f"{_DIGITS[0]}.{_DIGITS[1:]}e15",
    "capital exponent": lambda _key, _before: f"{_DIGITS}0E-1",
    "digits": lambda _key, _before: f"[{','.join(_DIGITS)}]",
    "groups": lambda _key, _before: json.dumps([_DIGITS[at : at + 4] for at in range(0, 16, 4)]),
    "numbers of groups": lambda _key, _before: f"[{','.join(_DIGITS[at : at + 4] for at in range(0, 16, 4))}]",
    "repeated key, first": lambda key, before: f'"{FOREIGN}",{key}:{before}',
    "repeated key, last": lambda key, before: f'{before},{key}:"{FOREIGN}"',
    "unknown member": lambda _key, before: f'{before},"x_new":"of {FOREIGN}"',
    "unknown number": lambda _key, before: f'{before},"usage_new":{_DIGITS}',
}
#: Those that need an object around them.
_MEMBERS = frozenset({"repeated key, first", "repeated key, last", "unknown member", "unknown number"})


#: Those in which a value is taken out of replies, and kept out of requests, by the detector of ``stand``.
REPLIES = tuple(NOTATIONS)
REQUESTS = tuple(name for name in NOTATIONS if name != "percent")  # which the product's detector decodes


class Planted(NamedTuple):
    """A document with a mark at a position, and what has to be replaced in its JSON."""

    document: Any
    mark: bytes
    value: bytes

    def written(self, raw: bytes) -> bytes:
        """Return the JSON of the document with the value."""
        return raw.replace(self.mark, self.value)


def plant(document: Any, keys: tuple[str | int, ...], notation: str) -> Planted | None:
    """Mark a position for the value; None where the notation needs an object and there is none."""
    if notation in _MEMBERS and not isinstance(keys[-1], str):
        return None
    before = orjson.dumps(stand.at(document, keys)).decode()
    value = NOTATIONS[notation](json.dumps(keys[-1]), before)
    return Planted(stand.planted(document, keys, _HERE), json.dumps(_HERE).encode(), value.encode())


def planted(document: Any, keys: tuple[str | int, ...], notation: str) -> bytes | None:
    """Return a document as JSON with the value at a position, or None as ``plant``."""
    made = plant(document, keys, notation)
    return made.written(orjson.dumps(made.document)) if made else None


def holds(body: bytes | str) -> bool:
    """Whether the value stands in a body, in any of the notations."""
    text = body if isinstance(body, str) else body.decode(errors="replace")
    plain = text.replace("%2D", "-").replace("\\u0032", "2")
    return FOREIGN in plain or _ANYHOW.search(plain) is not None
