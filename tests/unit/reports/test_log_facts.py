"""What the log tells of itself is the same from rows and from the files of parts."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from proxy.audit.records.derivation import EVENT, EXCHANGE
from proxy.audit.verification import parts
from proxy.reports import log_facts
from proxy.reports.log_facts import LogFacts

OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


def row(columns, **given):
    blank = {"int8": 0, "text": "", "timestamptz": OLD, "bool": False, "float8": 0.0, "date": None, "text[]": []}
    return tuple(given.get(name, blank.get(kind, [])) for name, kind in columns.items())


def event(name, at=OLD, revision="", target="", **facts):
    return row(EVENT, event=name, at=at, revision=revision, target=target, facts=orjson.dumps(facts).decode())


EXCHANGES = [
    row(EXCHANGE, at=NEW, revision="r2", data_revision="d2"),
    row(EXCHANGE, at=OLD, revision="r1", data_revision="d1"),
]
EVENTS = [
    event("policy_kept", revision="r1", sha256="ab"), event("day_purged", target="p1", day="2026-01-01"), event("flush"),
    event("log_read", at=OLD, command="audit verify", filter={"sound": True}), event("log_read", at=NEW, command="audit list", filter={}),
    event("log_read", at=NEW, command="audit verify", filter={"sound": False}),
]  # fmt: skip
TOLD = LogFacts((NEW, "r2", "d2"), (("r1", "ab"),), (("p1", {"day": "2026-01-01"}),), OLD)


def test_rows_and_parts_tell_the_same(tmp_path):
    assert log_facts.of_rows(EXCHANGES, EVENTS) == TOLD
    files = tmp_path / "exchange", tmp_path / "event"
    for file, rows in zip(files, (EXCHANGES, EVENTS), strict=True):
        file.write_bytes(parts.packed(file.name, rows))
    assert log_facts.of_part(*files) == TOLD


def test_an_empty_log_tells_nothing(tmp_path):
    files = tmp_path / "exchange", tmp_path / "event"
    for file in files:
        file.write_bytes(parts.packed(file.name, []))
    assert log_facts.of_part(*files) == log_facts.of_rows([], []) == log_facts.together([]) == LogFacts()


def test_together_the_newest_counts():
    older = LogFacts((OLD, "r1", "d1"), (("r0", "cd"),), (), NEW)
    made = log_facts.together([TOLD, older, LogFacts()])
    assert made == LogFacts(TOLD.newest, (("r1", "ab"), ("r0", "cd")), TOLD.purged, NEW)
