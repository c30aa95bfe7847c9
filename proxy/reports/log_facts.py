"""What every answer says of the log itself, read of each part once: the files of parts never change."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from proxy.audit.records.derivation import EVENT, EXCHANGE, Row
from proxy.audit.verification import columnar

_NEWEST = ("at", "revision", "data_revision")
_COLUMNS = ("event", "at", "revision", "target", "facts")
_KEPT, _PURGED, _READ = _EVENTS = ("policy_kept", "day_purged", "log_read")


class LogFacts(NamedTuple):
    """Of exchanges that have ended: the time and revisions of the newest. Of events: three kinds.

    ``kept``: revisions of policy with the SHA-256 in hex of a bundle that was stored; ``purged``: purges with what
    their certificates say; ``verified``: when the whole log was last verified, and sound.
    """

    newest: tuple[datetime, str, str] | None = None
    kept: tuple[tuple[str, str], ...] = ()
    purged: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    verified: datetime | None = None


def of_rows(exchanges: Iterable[Row], events: Iterable[Row]) -> LogFacts:
    """Return what rows tell that were derived."""
    exchange_at, event_at = (
        [list(columns).index(name) for name in names] for columns, names in ((EXCHANGE, _NEWEST), (EVENT, _COLUMNS))
    )
    newest = max(((row[exchange_at[0]], row[exchange_at[1]], row[exchange_at[2]]) for row in exchanges), default=None)
    return _facts_of(newest, ([row[index] for index in event_at] for row in events if row[event_at[0]] in _EVENTS))


@functools.lru_cache(maxsize=4096)
def of_part(exchange: Path, event: Path) -> LogFacts:
    """Return what the files of a part tell. Blocks: use it in a thread."""
    parquet = columnar.arrow().parquet
    rows = parquet.read_table(event, columns=list(_COLUMNS), filters=[("event", "in", _EVENTS)]).to_pylist()
    return _facts_of(_newest(parquet.ParquetFile(exchange)), ([row[name] for name in _COLUMNS] for row in rows))


def together(facts: Iterable[LogFacts]) -> LogFacts:
    """Return what all tell."""
    every = list(facts)
    return LogFacts(
        max((part.newest for part in every if part.newest), default=None),
        tuple(pair for part in every for pair in part.kept), tuple(pair for part in every for pair in part.purged),
        max((part.verified for part in every if part.verified), default=None),
    )  # fmt: skip


def _newest(file: Any) -> tuple[datetime, str, str] | None:
    """Return the newest exchange of a file, read of the group of rows that has it."""
    index = file.schema_arrow.get_field_index("at")
    groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
    last = [group.column(index).statistics.max for group in groups if group.num_rows]
    if not last:
        return None
    table = file.read_row_group(last.index(max(last)), columns=list(_NEWEST)).to_pylist()
    return max((row["at"], row["revision"], row["data_revision"]) for row in table)


def _facts_of(newest: tuple[datetime, str, str] | None, events: Iterable[Sequence[Any]]) -> LogFacts:
    kept: list[tuple[str, str]] = []
    purged: list[tuple[str, Mapping[str, Any]]] = []
    verified: list[datetime] = []
    for event, at, revision, target, document in events:
        facts = orjson.loads(document)
        if event == _KEPT:
            kept.append((revision, facts.get("sha256")))
        elif event == _PURGED:
            purged.append((target, facts))
        elif facts.get("command") == "audit verify" and facts.get("filter", {}).get("sound") in {True, "true"}:
            verified.append(at)
    return LogFacts(newest, tuple(kept), tuple(purged), max(verified, default=None))
