"""Audit records: known fields only, never payload text, in canonical bytes (orjson, sorted keys). Pure.

A body is ``{"columns": {...}, "facts": {...}}``. ``columns`` holds what every record says, some of which is in
columns of the table too, so that a verifier compares it. Every value comes from
the typed records of the request path; a string that a caller chose is kept only when it looks like a name and is
otherwise replaced by a keyed digest.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

_NAME = re.compile(r"[A-Za-z0-9._:/+*-]{0,128}")
#: In a body: PostgreSQL's text does not hold it.
ESCAPED_NUL = b"\\u0000"
#: What a body has of which something is beside it; in a string the quotes would be escaped.
_MARKS = (b'"retain_until":', b'"subject_refs":["')
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

    ``stated`` is what it names, ``beside`` what of an exchange's record the database is asked of.
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
    beside: str = "{}"


class Columns(NamedTuple):
    """What every body begins with; some of it is in columns of the table too."""

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


def columns_of(document: Mapping[str, Any]) -> Columns:
    """Return the columns of a body that was read.

    Raises:
        KeyError, TypeError: it has others.

    """
    columns = Columns(**document["columns"])
    return columns._replace(codes=tuple(columns.codes))


def stored(body: bytes) -> Record:
    """Return the record of a body that is stored."""
    return Record(*columns_of(orjson.loads(body)), body)


def columns_of_record(record: Record) -> Columns:
    """Return what the body of a record begins with."""
    return Columns._make(record[: len(Columns._fields)])


def make(columns: Columns, facts: Mapping[str, Any]) -> Record:
    """Return the record with its canonical body."""
    try:
        body = canonical(columns, facts)
    except TypeError:
        body = ESCAPED_NUL
    if ESCAPED_NUL in body:  # PostgreSQL's text holds neither NUL nor lone surrogates
        columns, facts = Columns(*_storable(tuple(columns))), _storable(facts)
        body = canonical(columns, facts)
    return Record(*columns, body, beside="{}" if columns.kind == "event" else extract(facts))


def extract(facts: Mapping[str, Any]) -> str:
    """Return what of an exchange's record the database is asked of: until when it is kept, and to whom it links."""
    chosen = {"retain_until": facts["retain_until"]} if "retain_until" in facts else {}
    if subjects := facts.get("caller", {}).get("subject_refs"):
        chosen["caller"] = {"subject_refs": subjects}
    return orjson.dumps({"facts": chosen}).decode() if chosen else "{}"


def beside(kind: str, body: bytes) -> bytes:
    """Return what stands beside a packed body, as that says it; of an event the body.

    Raises:
        KeyError, TypeError, ValueError: the body has another form.

    """
    if kind == "event":
        return body
    facts = orjson.loads(body)["facts"] if any(mark in body for mark in _MARKS) else {}
    return extract(facts).encode()


def canonical(columns: Columns, facts: Mapping[str, Any]) -> bytes:
    """Return the body: compact JSON with sorted keys."""
    named = dict(zip(Columns._fields, columns, strict=True))
    return orjson.dumps({"columns": named, "facts": facts}, option=orjson.OPT_SORT_KEYS)


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


_LEAF = hashlib.sha256(b"\x00")  # a copy costs half of what a new one does


class Head(NamedTuple):
    """The last record of a chain: its position and its hash."""

    seq: int
    hash: bytes


def genesis(writer: str) -> Head:
    """Return the head of a chain without records."""
    return Head(0, hashlib.sha256(b"genesis:" + writer.encode()).digest())


def link(prev: bytes, body: bytes) -> bytes:
    """Return the hash of a record: SHA-256(0x00 || prev || body). The zero byte marks a leaf (RFC 6962)."""
    digest = _LEAF.copy()
    digest.update(prev)
    digest.update(body)
    return digest.digest()
