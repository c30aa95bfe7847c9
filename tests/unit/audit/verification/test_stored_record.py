from __future__ import annotations

from datetime import date

import pytest

from proxy.audit.verification.stored_record import SharedColumns, StoredRecord, TableColumns


def test_what_follows_from_columns():
    def marks(kind: str, action: str) -> tuple[bool, bool, bool, bool]:
        one = SharedColumns.of("w", TableColumns(kind, action=action))
        return one.opens, one.closes, one.states, one.names

    assert marks("event", "writer_started") == (True, False, False, False)
    assert marks("event", "writer_closed") == (False, True, False, False)
    assert marks("event", "answer_stated") == (False, False, True, False)
    assert marks("decision", "writer_started") == (False, False, False, True)
    assert marks("outcome", "forward") == (False, False, False, False)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(0, date(2000, 1, 1)), (9_827, date(2026, 11, 27)), (-(2**31), date.min), (2**31 - 1, date.max)],
)
def test_a_day_is_counted_from_2000_and_has_no_end(day, expected):
    record = StoredRecord.gone("w", 1, b"", None)._replace(day=day)
    assert record.date == expected
    assert record.purged
