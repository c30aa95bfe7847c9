"""The page of typed evidence: each column with its type, from the code and the structure that migrations make."""

from __future__ import annotations

import json
from collections.abc import Iterator

from proxy.audit.records import columns, events
from proxy.runtime.resources import shipped

_PLACE = {
    "writer": "the chain of the record that the row is made from (the outcome's; the event's)",
    "seq": "the place in it",
    "stored_at": "when it was stored, by the database's clock; a row made again carries `ended_at`",
}
_ROLLUPS = {
    "day": "exchanges by what they have in common: `n`, `restored`, `unfulfilled` (an obligation was not fulfilled), "
    "`failovers` (more than one call); `sample` is one of them",
    "entity_day": "values of a type, per target that was sent to: `found`, `sent`, in `n` exchanges; `bucket`: "
    "confidence in fifths, 1 to 5",
    "transfer_day": "cross-border disclosures: `n`",
    "touch": "data subjects, per target that was sent to (`''`: none): `n` exchanges, `disclosures` with an "
    "accounting entry",
}
_BEGINNING = """# Typed evidence

Schema `evidence`, derived from the [records](audit-record.md) ([why](../adr/0035-typed-evidence-is-derived.md)): who
reads may select. An absent text is `''`, an absent number or day is null, an array is never null.
Arrays whose names begin alike go together, place by place. `compliance-proxy evidence check` compares with the
records; `compliance-proxy evidence rebuild` makes the tables what the records say, which the login that migrates may.
"""
_ROLLED = """
## Rollups

Per UTC day of `at`. The same key may stand in several rows: **sum**. `first_at` and `last_at` bound them.

| view | what it counts | by |
|---|---|---|"""
_END = """
`evidence.folded` has one row: hours before `through` are folded into tables; `complete` is false where records are
older than the typed tables and nobody has made these again."""


def page(note: str) -> str:
    """Return the page, under a note of where it comes from."""
    return "\n".join(_lines(note)) + "\n"


def _lines(note: str) -> Iterator[str]:
    yield note.format(source="proxy/audit/records and migrations/structure.json") + _BEGINNING
    yield "## `evidence.exchange`\n\nOne row per exchange that has ended; a partition per month of `at`.\n"
    yield from _table("exchange", _PLACE | {one.name: one.meaning for one in columns.COLUMNS})
    yield "\n## `evidence.event`\n\nOne row per event of the log but `answer_stated`, which only states answers.\n"
    yield from _table("event", _PLACE | events.COLUMNS)
    yield _ROLLED
    for view, meaning in _ROLLUPS.items():
        keys = ", ".join(f"`{name}`" for name in _types(view) if name not in _MEASURES)
        yield f"| `evidence.{view}` | {meaning} | {keys} |"
    yield _END


_MEASURES = frozenset(
    {"n", "restored", "unfulfilled", "failovers", "found", "sent", "disclosures", "first_at", "last_at", "sample"}
)


def _table(table: str, meanings: dict[str, str]) -> Iterator[str]:
    yield "| column | type | meaning |\n|---|---|---|"
    yield from (f"| `{name}` | {kind} | {meanings[name]} |" for name, kind in _types(table).items())


def _types(table: str) -> dict[str, str]:
    """Return the columns of a table with their types, in the order of the migrations, as far as that is known."""
    structure = json.loads((shipped("migrations") / "structure.json").read_text(encoding="utf-8"))
    start = f"column evidence.{table}."
    found = {
        thing.removeprefix(start): aspects["type"].split(" not null")[0]
        for thing, aspects in structure.items()
        if thing.startswith(start)
    }
    names = {"exchange": columns.NAMES, "event": events.NAMES}.get(table, sorted(found))
    return {name: found[name] for name in (*_PLACE, *names) if name in found}
