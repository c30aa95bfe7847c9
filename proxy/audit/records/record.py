"""Audit records: known fields only, never payload text, in canonical bytes (orjson, sorted keys). Pure.

A body is ``{"columns": {...}, "facts": {...}}``. ``columns`` holds exactly what is promoted to columns of the table,
so that a verifier can rebuild the beginning of the body from the columns and compare bytes. Every value comes from
the typed records of the request path; a string that a caller chose is kept only when it looks like a name and is
otherwise replaced by a keyed digest.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

_NAME = re.compile(r"[A-Za-z0-9._:/+*-]{0,128}")
#: In a body: PostgreSQL's text does not hold it.
ESCAPED_NUL = b"\\u0000"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def instant(microseconds: int) -> datetime:
    """Return the exact moment; floats would lose microseconds."""
    return _EPOCH + timedelta(microseconds=microseconds)


def microseconds(moment: datetime) -> int:
    """Return a moment as records say it."""
    return (moment - _EPOCH) // _MICROSECOND


class StatedAnswer(NamedTuple):
    """Facts that records name by their SHA-256 in hex, and that their chain states before (``records.answers``)."""

    digest: str
    facts: bytes


class Record(NamedTuple):
    """One row without its place in the chain. ``at`` is in microseconds since 1970 (UTC).

    ``stated`` is what it names.
    """

    at: int
    kind: str  # decision | attempt | outcome | event
    exchange: str
    attempt: int
    tenant: str
    activity: str
    service: str
    action: str
    target: str
    status: int
    codes: tuple[str, ...]
    revision: str
    data_revision: str
    body: bytes
    stated: tuple[StatedAnswer, ...] = ()


class Columns(NamedTuple):
    """What is promoted from the body to the table's columns."""

    at: int
    kind: str
    exchange: str = ""
    attempt: int = 0
    tenant: str = ""
    activity: str = ""
    service: str = ""
    action: str = ""
    target: str = ""
    status: int = 0
    codes: tuple[str, ...] = ()
    revision: str = ""
    data_revision: str = ""


def stored(row: Mapping[str, Any]) -> Record:
    """Return the record of a row of the table."""
    special = {"at": microseconds(row["recorded_at"]), "codes": tuple(row["codes"])}
    columns = Columns._make(special[name] if name in special else row[name] for name in Columns._fields)
    return Record(*columns, row["body"].encode())


def promoted(record: Record) -> Columns:
    """Return what of a record is promoted to columns."""
    return Columns._make(record[: len(Columns._fields)])


def make(columns: Columns, facts: Mapping[str, Any]) -> Record:
    """Return the record with its canonical body."""
    try:
        body = canonical(columns, facts)
    except TypeError:
        body = ESCAPED_NUL
    if ESCAPED_NUL in body:  # PostgreSQL's text holds neither NUL nor lone surrogates
        columns = Columns(*_storable(tuple(columns)))
        body = canonical(columns, _storable(facts))
    return Record(*columns, body)


def canonical(columns: Columns, facts: Mapping[str, Any]) -> bytes:
    """Return the body: compact JSON with sorted keys."""
    promoted = dict(zip(Columns._fields, columns, strict=True))
    return orjson.dumps({"columns": promoted, "facts": facts}, option=orjson.OPT_SORT_KEYS)


def beginning(columns: Columns) -> bytes:
    """Return the bytes with which the body of a record with these columns begins."""
    return b'{"columns":' + orjson.dumps(columns._asdict(), option=orjson.OPT_SORT_KEYS) + b',"facts":'


def is_name(text: str) -> bool:
    """Whether a string that a caller chose can be a model, label or id (and is kept as it is)."""
    return _NAME.fullmatch(text) is not None


def storable(text: str) -> str:
    """Replace NUL and lone surrogates by U+FFFD."""
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _storable(value: Any) -> Any:
    """Replace NUL and lone surrogates by U+FFFD, and unknown types by their name."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {_storable(str(key)): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_storable(item) for item in value]
    return _storable(_opened(value))


def _opened(value: Any) -> Any:
    if isinstance(value, orjson.Fragment):
        return orjson.loads(orjson.dumps(value))
    if dataclasses.is_dataclass(value):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    return type(value).__name__
