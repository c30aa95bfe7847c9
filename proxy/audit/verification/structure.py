"""Compares the database with what this release's migrations make: what weakens it is told from what only surrounds it.

A month of ``audit.record`` is compared with ``audit.record_rest``, its pattern.
``structure.json`` beside the migrations holds the structure as ``python -m tests.dump_schema`` found it, in the words
that PostgreSQL keeps when a dump is restored. It tells the same view in other words from release to release: on another
major version they are compared without white space, parentheses and the qualifiers of columns.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from proxy.runtime import database
from proxy.runtime.resources import shipped

STATEMENTS = database.statements(Path(__file__).with_name("structure.sql"))
FILE = "structure.json"
_LONGEST = 120  # longer values are kept as their digest
_MONTH = re.compile(r"\brecord_2\d{3}_\d\d(?!_?\d)")  # a partition of audit.record
_PATTERN = "record_rest"
_WORDING = re.compile(r"\s+|[()]|\b[a-z_]+\.(?=[a-z_])")
_SETTING = "has the setting "
#: What a setting must not say: triggers that do not fire, commits that a crash undoes, another role's rights.
_WEAKENING = {
    "session_replication_role": ("replica", "local"),
    **dict.fromkeys(
        ("synchronous_commit", "fsync", "full_page_writes"),
        ("0", "n", "no", "of", "off", "f", "fa", "fal", "fals", "false"),
    ),
}
_TEMPORARY = "TEMPORARY"

Structure = Mapping[str, Mapping[str, str]]  # thing -> aspect -> value


class Departure(NamedTuple):
    """A difference in a sentence, and whether it weakens what protects the log."""

    weakens: bool
    sentence: str


async def differences(connection: asyncpg.Connection) -> tuple[Departure, ...]:
    """Return each difference. Any role may ask."""
    major = await connection.fetchval(STATEMENTS["server"])
    wanted = expected()
    same = wanted["server"]["major version"] == str(major)
    return tuple(_differing(wanted, await structure_of(connection, worded=not same), worded=not same))


async def structure_of(connection: asyncpg.Connection, *, worded: bool = False) -> dict[str, dict[str, str]]:
    """Return the structure of a database; ``worded`` keeps of views what every server tells alike."""
    differences: dict[str, dict[str, str]] = {}
    async with connection.transaction():
        await connection.execute(STATEMENTS["pinned"])
        rows = await connection.fetch(STATEMENTS["structure"])
    for row in rows:
        value = _MONTH.sub(_PATTERN, row["value"] or "") if _MONTH.search(row["thing"]) else row["value"] or ""
        aspects = differences.setdefault(row["thing"], {})
        if row["thing"].startswith("view "):
            aspects["wording"] = _short(_WORDING.sub("", value))
            if worded:
                continue
        aspects[row["aspect"]] = _short(value)
    return differences


@lru_cache(maxsize=1)
def expected() -> Structure:
    """Return the structure that this release's migrations make."""
    read: dict[str, Any] = json.loads((shipped("migrations") / FILE).read_text(encoding="utf-8"))
    return read


def _short(value: str) -> str:
    if len(value) <= _LONGEST:
        return value
    return f"sha256:{hashlib.sha256(value.encode()).hexdigest()}"


def _with_months(wanted: Structure, actual: Structure) -> Structure:
    """Return what is wanted where these months of the log have a partition."""
    pattern = {thing: aspects for thing, aspects in wanted.items() if _PATTERN in thing}
    months = {month.group() for month in map(_MONTH.search, actual) if month is not None}
    return {**wanted} | {
        thing.replace(_PATTERN, month): {**aspects, **({"bounds": "its month"} if "bounds" in aspects else {})}
        for month in months
        for thing, aspects in pattern.items()
    }


def _differing(wanted: Structure, actual: Structure, *, worded: bool) -> Iterator[Departure]:
    wanted = _with_months(wanted, actual)
    added = {thing for thing in actual if thing.startswith("index ") and thing not in wanted}
    plain = {thing for thing in added if actual[thing].get("kind") == "plain"}
    of_plain = {thing.replace("index ", "table ", 1) for thing in plain}
    for thing in sorted({*wanted, *actual} - {"server"} - of_plain):
        if thing not in actual:
            yield Departure(True, f"{thing} is missing")
        elif thing not in wanted and thing.startswith(("role ", "database", "default grants", "the server")):
            yield from _aspects(thing, {}, actual[thing], worded=worded)
        elif thing not in wanted:
            yield Departure(thing not in plain, f"{thing} is not the release's")
        else:
            yield from _aspects(thing, wanted[thing], actual[thing], worded=worded)


def _aspects(thing: str, wanted: Mapping[str, str], actual: Mapping[str, str], *, worded: bool) -> Iterator[Departure]:
    for aspect in sorted({*wanted, *actual}):
        if worded and aspect == "definition" and thing.startswith("view "):
            continue
        had, has = wanted.get(aspect, "none"), actual.get(aspect, "none")
        if had == has or (aspect == "wording" and not worded):
            continue
        if aspect.startswith(_SETTING):
            yield Departure(_weakens(aspect.removeprefix(_SETTING), has), f"{thing} {aspect} = {has!r}")
        elif aspect == "passes over" and has == "everything":
            yield Departure(False, f"{thing} is a superuser beside the server's own: no protection of the log binds it")
        elif aspect == "may in this database" and has == _TEMPORARY:
            yield Departure(False, f"{thing} may make temporary tables in this database")
        else:
            yield Departure(True, f"{thing}: {aspect} changed{_difference(had, has)}")


def _weakens(setting: str, value: str) -> bool:
    return setting in {"role", "session_authorization"} or value.lower() in _WEAKENING.get(setting, ())


def _difference(had: str, has: str) -> str:
    if had.startswith("sha256:") or has.startswith("sha256:"):
        return ""
    return f" from {had!r} to {has!r}"
