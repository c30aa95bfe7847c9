from __future__ import annotations

from datetime import UTC, datetime

from proxy.audit.records.record import Columns, genesis, instant, link, make
from proxy.audit.writing.session import chained


def test_instant_keeps_microseconds():
    assert instant(1_790_000_000_123_457) == datetime(2026, 9, 21, 14, 13, 20, 123457, tzinfo=UTC)


def test_chained_numbers_and_links_records_from_the_head():
    records = [make(Columns(at=n, kind="event", action="e"), {"n": n}) for n in range(3)]
    rows, head = chained("w", genesis("w"), records)
    assert [row[1] for row in rows] == [1, 2, 3]
    prev = genesis("w").hash
    for row, record in zip(rows, records, strict=True):
        assert row[-4:] == (prev, link(prev, record.body), record.body.decode(), b"")
        prev = row[-3]
    assert head == (3, prev)


def test_chained_in_two_steps_equals_one():
    records = [make(Columns(at=n, kind="event", action="e"), {"n": n}) for n in range(5)]
    first, head = chained("w", genesis("w"), records[:2])
    second, end = chained("w", head, records[2:])
    assert (first + second, end) == chained("w", genesis("w"), records)
