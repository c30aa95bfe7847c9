"""An answer as Parquet: its columns have the types of the query, and its statement is in the file. Pure."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

from proxy.reports import statement
from proxy.reports.answer import SignedAnswer
from proxy.reports.render.cells import cell
from proxy.runtime import extras

_STATEMENT = b"compliance-proxy/audit-answer"


def rendered(answer: SignedAnswer) -> bytes:
    """Return the file; times are in UTC, documents are canonical JSON.

    Raises:
        ConfigurationError: PyArrow is not installed.

    """
    arrow = extras.library("pyarrow", "lake")
    parquet = extras.library("pyarrow.parquet", "lake")
    signed = statement.canonical(statement.signed(answer.statement, answer.signing))
    fields = [(name, _type(arrow, answer.types.get(name, ""))) for name in answer.question.columns]
    schema = arrow.schema(fields, metadata={_STATEMENT: signed})
    rows = [{name: _value(row[name], answer.types.get(name, "")) for name, _ in fields} for row in answer.rows]
    out = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(rows, schema=schema), out, compression="zstd")
    return out.getvalue()


def _type(arrow: Any, name: str) -> Any:
    """Return the type of a column for the database's; any other becomes text."""
    match name:
        case "int8" | "int4":
            return arrow.int64()
        case "bool":
            return arrow.bool_()
        case "timestamptz":
            return arrow.timestamp("us", tz="UTC")
        case "date":
            return arrow.date32()
        case "text[]":
            return arrow.list_(arrow.string())
        case _:
            return arrow.string()


def _value(value: Any, name: str) -> Any:
    match name, value:
        case _, None:
            return None
        case "timestamptz", str():
            return datetime.fromisoformat(value)
        case "date", str():
            return date.fromisoformat(value)
        case (("int8" | "int4" | "bool" | "text[]"), _):
            return value
        case (("json" | "jsonb"), _):
            return statement.canonical(value).decode()
        case _:
            return cell(value)
