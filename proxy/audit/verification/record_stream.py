"""Reads records out of PostgreSQL's binary COPY, in chunks of many rows. Pure.

The fields of a row are seq, recorded_at, day, purged, prev, hash, a ``ROW`` of writer and shared columns, exchange,
the record as it is stored, the JSON beside it; then, of the seal that ends with it, first_seq, last_seq, first_at,
last_at, head, root, signature, leaf. A row says how many fields it has, and each field its length (-1: null):
https://www.postgresql.org/docs/current/sql-copy.html.
All is read as it is stored, whatever somebody made of it: a hash of three bytes is a wrong hash, not an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from proxy.audit.records.packing import unpacked
from proxy.audit.sealing.seal import Batch, BatchSeal
from proxy.audit.verification.stored_record import SharedColumns, StoredRecord, TableColumns

_EPOCH_US = 946_684_800_000_000  # from 1970 to 2000, where PostgreSQL's time begins
_HEADER = len(b"PGCOPY\n\xff\r\n\x00") + 8
_TRAILER = 2
_FIXED = Struct(">hiqiqiii?i32si32s")
_USUAL = (18, 8, 8, 4, 1, 32, 32)  # fields of a row, and the lengths of the first six
_COUNT = Struct(">h")
_LENGTH = Struct(">i")
_NUMBER_OIDS = frozenset({20, 21, 23})
_REMEMBERED = 4096
_SEAL_FIELDS = 8
_NO_SEAL = b"\xff" * 4 * _SEAL_FIELDS

Field = bytes | None


class RecordStream:
    """Takes the chunks of one COPY; each holds whole rows, the first one a header before them."""

    def __init__(self) -> None:
        self._offset = _HEADER
        self._shared: dict[bytes, SharedColumns] = {}

    def read(self, chunk: bytes | bytearray) -> Iterator[StoredRecord]:
        """Yield the records of the next chunk."""
        data, offset, end = bytes(chunk), self._offset, len(chunk) - _TRAILER
        self._offset = 0
        values, fixed, length = self._shared, _FIXED.unpack_from, _LENGTH.unpack_from
        while offset < end:
            count, a, seq, b, at, c, day, d, purged, e, prev, f, hashed = fixed(data, offset)
            offset += _FIXED.size
            if (count, a, b, c, d, e, f) != _USUAL:
                seq, at, day, purged, prev, hashed, offset = _unusual(data, offset - _FIXED.size)
            start = offset + 4
            offset = start + length(data, offset)[0]
            shared = values.get(data[start:offset]) or self._learn(data[start:offset])
            start = offset + 4
            offset = start + max(length(data, offset)[0], 0)
            exchange = str(data[start:offset], "utf-8")
            start = offset + 4
            offset = start + max(length(data, offset)[0], 0)
            body = unpacked(data[start:offset])
            start = offset + 4
            offset = start + max(length(data, offset)[0], 0)
            beside = data[start:offset]
            seal = leaf = None
            if data.startswith(_NO_SEAL, offset):
                offset += len(_NO_SEAL)
            else:
                seal, leaf, offset = _sealed(shared.writer, data, offset)
            yield StoredRecord(
                seq, at + _EPOCH_US, shared, exchange, prev, hashed, body, seal, leaf, day, purged, beside
            )

    def _learn(self, packed: bytes) -> SharedColumns:
        if len(self._shared) >= _REMEMBERED:
            self._shared.clear()
        writer, *rest = _composite(packed)
        columns = self._shared[packed] = SharedColumns.of(str(writer), TableColumns._make(rest))
        return columns


def _walk(data: bytes, offset: int, number: int) -> tuple[list[Field], int]:
    """Return the next fields, and where they end."""
    fields: list[Field] = []
    for _ in range(number):
        (length,) = _LENGTH.unpack_from(data, offset)
        offset += 4
        fields.append(data[offset : offset + length] if length >= 0 else None)
        offset += max(length, 0)
    return fields, offset


def _unusual(data: bytes, offset: int) -> tuple[int, int, int, bool, bytes, bytes, int]:
    """Return the beginning of a row of which some field is as the product never stores it."""
    (seq, at, day, purged, prev, hashed), offset = _walk(data, offset + _COUNT.size, 6)
    return _number(seq), _number(at), _number(day), purged == b"\x01", prev or b"", hashed or b"", offset


def _sealed(writer: str, data: bytes, offset: int) -> tuple[BatchSeal, int | None, int]:
    (first, last, first_at, last_at, head, root, signature, leaf), offset = _walk(data, offset, _SEAL_FIELDS)
    times = _number(first_at) + _EPOCH_US, _number(last_at) + _EPOCH_US
    batch = Batch(writer, _number(first), _number(last), *times, head or b"", root or b"")
    return BatchSeal(batch, signature or b""), None if leaf is None else _number(leaf), offset


def _composite(packed: bytes) -> list[object]:
    """Return the values of a ROW: each says its type and its length."""
    offset, values = _LENGTH.size, []
    for _ in range(_LENGTH.unpack_from(packed)[0]):
        (kind,) = _LENGTH.unpack_from(packed, offset)
        (value,), offset = _walk(packed, offset + 4, 1)
        values.append(_value(kind, value))
    return values


def _value(kind: int, value: Field) -> object:
    if value is None:
        return None
    return _number(value) if kind in _NUMBER_OIDS else value.decode(errors="replace")


def _number(value: Field) -> int:
    return int.from_bytes(value or b"", "big", signed=True)
