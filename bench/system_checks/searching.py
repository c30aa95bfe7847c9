"""Values in every form in which they could stand somewhere, and everything that is at rest, searched for them at once."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import urllib.parse
from collections.abc import Iterator, Sequence
from pathlib import Path

import re2

from bench.hostile.stand import Stand

#: The targets' own: what they received is theirs, and what reached them is looked at elsewhere.
_OF_TARGETS = frozenset({"provider"})
_TABLES = """
SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
_PORTION = 1 << 22


def written(values: Sequence[str]) -> list[str]:
    """Return each value as it reads, in base64, percent encoding, JSON escapes, hex, and backwards; lower case."""
    found: set[str] = set()
    for value in values:
        plain = value.encode()
        # all but the first and the last group of base64 hold only this value's bits, wherever it begins
        found |= {base64.b64encode(b"\0" * shift + plain).decode()[4:-4] for shift in range(3) if len(plain) > 8}
        found |= {urllib.parse.quote(value), json.dumps(value)[1:-1], plain.hex(), value[::-1], value}
    return sorted(one.lower() for one in found if len(one) >= _SHORTEST)


#: A shorter text stands somewhere by chance: in a number, a time, a digest.
_SHORTEST = 7


def digests(values: Sequence[str]) -> list[str]:
    """Return unkeyed digests of each value, as it reads and in lower case without blanks, in hex and base64."""
    found: set[str] = set()
    for value in values:
        for text in {value, value.lower(), value.replace(" ", ""), "".join(filter(str.isalnum, value))}:
            for kind in ("md5", "sha1", "sha256", "sha512"):
                made = hashlib.new(kind, text.encode()).digest()
                found |= {made.hex(), base64.b64encode(made).decode().rstrip("=").lower()}
    return sorted(found)


class Search:
    """Looks for many texts at once, in any case."""

    def __init__(self, texts: Sequence[str]) -> None:
        options = re2.Options()
        options.case_sensitive, options.literal, options.max_mem = False, False, 1 << 28
        self._pattern = re2.compile("|".join(map(re2.escape, texts)), options)

    def holds(self, text: str) -> bool:
        """Whether a text holds one."""
        return self._pattern.search(text) is not None


async def tables(stand: Stand, search: Search) -> tuple[int, list[str]]:
    """Return how many rows the database has, and which tables hold one."""
    rows, faults = 0, []
    for table in await stand.sql(_TABLES):
        found = await stand.sql(f"SELECT t::text AS row FROM {table['name']} t")
        rows += len(found)
        if search.holds("\n".join(one["row"] for one in found)):
            faults.append(f"table {table['name']}")
    return rows, faults


def files(folder: Path, search: Search) -> tuple[int, list[str]]:
    """Return how many files a folder has, the database's own among them, and which hold one."""
    seen, faults = 0, []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in _OF_TARGETS:
            seen += 1
            if any(search.holds(portion) for portion in _portions(path)):
                faults.append(str(path.relative_to(folder)))
    return seen, faults


def _portions(path: Path) -> Iterator[str]:
    with contextlib.suppress(OSError), path.open("rb") as file:
        while content := file.read(_PORTION):
            yield content.decode("utf-8", "replace")


async def shown(stand: Stand, search: Search) -> list[str]:
    """Return which pages of the running product hold one: metrics, health."""
    faults = []
    for path in ("/metrics", "/readyz", "/healthz"):
        async with stand.session.get(stand.url + path) as reply:
            if search.holds((await reply.read()).decode(errors="replace")):
                faults.append(path)
    return faults
