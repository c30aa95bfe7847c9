"""The page of what questions are asked of: each relation with its columns and types, from the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from proxy.audit.records import columns, derivation, events

_PLACE = {
    "writer": "the chain of the record that the row is made from (the outcome's; the event's)",
    "seq": "the place in it",
    "hash": "its hash, in hex",
}
_BEGINNING = """# Derived evidence

What [questions](questions.md) are asked of: relations that are derived from verified [records](audit-record.md)
whenever somebody asks ([why](../adr/0058-answers-derive-from-sealed-records.md)), in DuckDB, in the memory of whoever
answers. The names below hold in the statements of questions alone: PostgreSQL has no schema `evidence`, only signed
parts of the rows (`audit.part`), which can be deleted. An [archive](../how-to/archive-months.md) has the rows of the
first two as Parquet. An absent text is `''`, an absent number or day is null, an array is never null.
Arrays whose names begin alike go together, place by place.
"""
_VIEWS: Mapping[str, str] = {
    "attempt": "a call to a target: `number`, `target`, `recipient`, `operator`, `region`, `accounted`, `ending`, "
    "`host`, `kept`, beside the exchange's columns",
    "day": "an exchange with what it has in common with others of its UTC day",
    "entity_day": "values of a type and a target: `found`, `sent`; `bucket`: confidence in fifths, 1 to 5",
    "transfer_day": "a cross-border disclosure",
    "touch": "a data subject and a target that was sent to (`''`: none); `disclosures` with an accounting entry",
    "opened": "a decision whose exchange has not ended",
    "record": "a record of the exchange that is asked about, with its seal, its leaf and the first note over it",
    "note": "when the first and the last note were stored; like the next three, no record holds it",
    "purged": "a purge of which hashes are left",
    "reading": "a read that is announced",
    "hold": "a legal hold",
}
_BEFORE_VIEWS = """
## Views over them

`proxy/reports/relations.sql` says what each is; its digest is in every statement. Of a view per day a key stands in
several rows: **sum** `n`.

| view | a row |
|---|---|"""


def page(note: str) -> str:
    """Return the page, under a note of where it comes from."""
    return "\n".join(_lines(note)) + "\n"


def _lines(note: str) -> Iterator[str]:
    yield note.format(source="proxy/audit/records") + _BEGINNING
    yield "## `evidence.exchange`\n\nOne row per exchange that has ended.\n"
    yield from _table(derivation.EXCHANGE, {one.name: one.meaning for one in columns.COLUMNS})
    yield "\n## `evidence.event`\n\nOne row per event of the log but `answer_stated`, which only states answers.\n"
    yield from _table(derivation.EVENT, events.COLUMNS)
    yield _BEFORE_VIEWS
    yield from (f"| `evidence.{name}` | {meaning} |" for name, meaning in _VIEWS.items())


def _table(types: Mapping[str, str], meanings: Mapping[str, str]) -> Iterator[str]:
    yield "| column | type | meaning |\n|---|---|---|"
    yield from (f"| `{name}` | {kind} | {meanings.get(name) or _PLACE[name]} |" for name, kind in types.items())
