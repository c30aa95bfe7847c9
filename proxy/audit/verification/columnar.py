"""Columns of Parquet files by the names of the database's types. Pure."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

_ALIASES = {
    "int8": "int64", "int4": "int32", "float8": "float64", "bool": "bool", "date": "date32", "bytea": "binary",
}  # fmt: skip
#: The columns of an archive's seals and records, in order.
SEALS: Mapping[str, str] = {
    "leaf": "int8", "noted": "int8", "writer": "text", "first_seq": "int8", "last_seq": "int8",
    "first_at": "timestamptz", "last_at": "timestamptz", "head": "bytea", "root": "bytea", "signature": "bytea",
}  # fmt: skip
RECORDS: Mapping[str, str] = {
    "writer": "text", "seq": "int8", "recorded_at": "timestamptz", "exchange": "text", "prev": "bytea",
    "hash": "bytea", "body": "text", "purge": "text", "kind": "text", "attempt": "int4", "tenant": "text",
    "activity": "text", "action": "text", "target": "text",
}  # fmt: skip


def arrow() -> Any:
    """Return PyArrow with its Parquet. Importing it starts threads, so whoever forks does not import it before."""
    for name in ("parquet", "compute"):
        importlib.import_module(f"pyarrow.{name}")
    return importlib.import_module("pyarrow")


def schema(columns: Mapping[str, str]) -> Any:
    """Return the schema of columns of these types; what is not known becomes text."""
    return arrow().schema([(name, _type(of)) for name, of in columns.items()])


def table(columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> Any:
    """Return rows as a table with columns of these types."""
    form = schema(columns)
    values = zip(*rows, strict=True) if rows else [()] * len(form)
    arrays = [arrow().array(value, field.type) for value, field in zip(values, form, strict=True)]
    return arrow().table(arrays, schema=form)


def _type(name: str) -> Any:
    if name.endswith("[]"):
        return arrow().list_(_type(name.removesuffix("[]")))
    if name == "timestamptz":
        return arrow().timestamp("us", tz="UTC")
    return arrow().type_for_alias(_ALIASES.get(name, "string"))
