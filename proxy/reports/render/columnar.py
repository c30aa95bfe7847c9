"""An answer as Parquet: its columns have the types of the query, and its statement is in the file. Pure."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

from proxy.audit.verification import columnar
from proxy.reports import statement
from proxy.reports.answer import SignedAnswer
from proxy.reports.rows import cell

_STATEMENT = b"compliance-proxy/audit-answer"
#: Types that a column keeps, by the database's; any other becomes text.
_KEPT = {"int4": "int8", **{name: name for name in ("int8", "bool", "timestamptz", "date", "text[]")}}


def rendered(answer: SignedAnswer) -> bytes:
    """Return the file; times are in UTC, documents are canonical JSON."""
    signed = statement.canonical(statement.signed(answer.statement, answer.signing))
    types = {name: _KEPT.get(answer.types.get(name, ""), "text") for name in answer.question.columns}
    schema = columnar.schema(types).with_metadata({_STATEMENT: signed})
    rows = [{name: _value(row[name], kind) for name, kind in types.items()} for row in answer.rows]
    out = io.BytesIO()
    arrow = columnar.arrow()
    arrow.parquet.write_table(arrow.Table.from_pylist(rows, schema=schema), out, compression="zstd")
    return out.getvalue()


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
