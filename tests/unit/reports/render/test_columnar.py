from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pyarrow.parquet as pq

from proxy.reports import statement
from proxy.reports.render import columnar
from testing import evidence

TYPES = {
    "at": "timestamptz", "day": "date", "count": "int8", "is": "bool", "names": "text[]", "facts": "jsonb", "name": "text",
    "hash": "bytea",
}  # fmt: skip
ROW = {
    "at": "2026-07-01T10:00:00.000005Z", "day": "2026-07-01", "count": -3, "is": True, "names": ["a", "b"],
    "facts": {"b": 1, "a": None}, "name": "=1", "hash": "01ff",
}  # fmt: skip


def read(answer, *rows):
    found = replace(answer(*rows, **dict.fromkeys(ROW, "")), types=TYPES)
    return pq.read_table(io.BytesIO(columnar.rendered(found)))


def test_columns_have_the_types_of_the_query(answer):
    table = read(answer, ROW, dict.fromkeys(ROW))
    assert table.to_pylist() == [
        {**ROW, "at": datetime(2026, 7, 1, 10, 0, 0, 5, UTC), "day": date(2026, 7, 1), "facts": '{"a":null,"b":1}'},
        dict.fromkeys(ROW),
    ]


def test_an_answer_without_rows_has_the_same_columns(answer):
    assert read(answer).schema == read(answer, ROW).schema


def test_the_file_holds_its_statement_with_the_signature(answer):
    held = json.loads(read(answer, ROW).schema.metadata[b"compliance-proxy/audit-answer"])
    held["rows"] = [ROW]
    assert statement.flaw(held, evidence.SIGNING.verifier) is None


def test_the_same_answer_gives_the_same_bytes(answer):
    assert columnar.rendered(answer({"a": "b"})) == columnar.rendered(answer({"a": "b"}))
