"""Compares the database with what this release's migrations make: a weakened trigger or grant is named.

A day of ``audit.record`` is compared with ``audit.record_rest``, its pattern.
``structure.json`` beside the migrations holds the structure as ``python -m tests.dump_schema`` found it. Views are
kept as PostgreSQL tells them, and PostgreSQL tells the same view in other words from release to release: on another
major version they are compared without white space, parentheses and the qualifiers of columns.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import asyncpg

from proxy.runtime import database
from proxy.runtime.resources import shipped

STATEMENTS = database.statements(Path(__file__).with_name("structure.sql"))
FILE = "structure.json"
_LONGEST = 120  # longer values are kept as their digest
_DAY = re.compile(r"\brecord_2\d{3}_\d\d_\d\d")  # a partition of audit.record
_PATTERN = "record_rest"
_WORDING = re.compile(r"\s+|[()]|\b[a-z_]+\.(?=[a-z_])")
_WEAK = {
    ("role PUBLIC", "may in this database"): "run as the database's owner: "
    "REVOKE TEMPORARY, CREATE ON DATABASE <name> FROM PUBLIC",
}

Structure = Mapping[str, Mapping[str, str]]  # thing -> aspect -> value


async def differences(connection: asyncpg.Connection) -> tuple[str, ...]:
    """Return each difference in a sentence. Any role may ask."""
    major = await connection.fetchval(STATEMENTS["server"])
    wanted = expected()
    same = wanted["server"]["major version"] == str(major)
    return tuple(_differing(wanted, await found(connection, worded=not same), worded=not same))


async def found(connection: asyncpg.Connection, *, worded: bool = False) -> dict[str, dict[str, str]]:
    """Return the structure of a database; ``worded`` keeps of views what every server tells alike."""
    told: dict[str, dict[str, str]] = {}
    async with connection.transaction():
        # names are told as the path needs them, dates as the style says
        await connection.execute("SET LOCAL search_path = pg_catalog; SET LOCAL datestyle = 'ISO'")
        rows = await connection.fetch(STATEMENTS["structure"])
    for row in rows:
        value = _DAY.sub(_PATTERN, row["value"] or "") if _DAY.search(row["thing"]) else row["value"] or ""
        aspects = told.setdefault(row["thing"], {})
        if row["thing"].startswith("view "):
            aspects["wording"] = _short(_WORDING.sub("", value))
            if worded:
                continue
        aspects[row["aspect"]] = _short(value)
    return told


@lru_cache(maxsize=1)
def expected() -> Structure:
    """Return the structure that this release's migrations make."""
    read: dict[str, Any] = json.loads((shipped("migrations") / FILE).read_text(encoding="utf-8"))
    return read


def _short(value: str) -> str:
    if len(value) <= _LONGEST:
        return value
    return f"sha256:{hashlib.sha256(value.encode()).hexdigest()}"


def _with_days(wanted: Structure, held: Structure) -> Structure:
    """Return what is wanted where these days of the log have a partition."""
    pattern = {thing: aspects for thing, aspects in wanted.items() if _PATTERN in thing}
    days = {day.group() for day in map(_DAY.search, held) if day is not None}
    return {**wanted} | {
        thing.replace(_PATTERN, day): {**aspects, **({"bounds": "its day"} if "bounds" in aspects else {})}
        for day in days
        for thing, aspects in pattern.items()
    }


def _differing(wanted: Structure, held: Structure, *, worded: bool) -> Iterator[str]:
    wanted = _with_days(wanted, held)
    for thing in sorted({*wanted, *held} - {"server"}):
        if thing not in held:
            yield f"{thing} is missing"
        elif thing not in wanted and not thing.startswith(("role ", "database", "default grants")):
            yield f"{thing} is not the release's"
        else:
            yield from _aspects(thing, wanted.get(thing, {}), held[thing], worded=worded)


def _aspects(thing: str, wanted: Mapping[str, str], held: Mapping[str, str], *, worded: bool) -> Iterator[str]:
    for aspect in sorted({*wanted, *held}):
        if worded and aspect == "definition" and thing.startswith("view "):
            continue
        had, has = wanted.get(aspect, "none"), held.get(aspect, "none")
        if had != has and not (aspect == "wording" and not worded):
            advice = f"; {_WEAK[thing, aspect]}" if (thing, aspect) in _WEAK else ""
            yield f"{thing}: {aspect} changed{_told(had, has)}{advice}"


def _told(had: str, has: str) -> str:
    if had.startswith("sha256:") or has.startswith("sha256:"):
        return ""
    return f" from {had!r} to {has!r}"
