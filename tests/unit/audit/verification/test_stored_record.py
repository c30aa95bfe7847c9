from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.audit.records.record import Columns, beginning
from proxy.audit.verification.stored_record import SharedColumns, StoredRecord

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
COLUMNS = st.builds(
    Columns, st.integers(-(2**62), 2**62), TEXT, TEXT, st.integers(0, 99), TEXT, TEXT, TEXT, TEXT, TEXT,
    st.integers(0, 999), st.lists(TEXT, max_size=3).map(tuple), TEXT, TEXT,
)  # fmt: skip


@given(COLUMNS)
def test_a_body_begins_with_all_columns_whatever_they_hold(columns):
    assert SharedColumns.of("w", columns).beginning(columns.at, columns.exchange) == beginning(columns)


@pytest.mark.parametrize("text", ['","at":0,', '"at":0,"exchange":"",', '\\","exchange":"",'])
def test_a_text_that_looks_like_columns_is_a_text(text):
    columns = Columns(7, "event", text, action=text, activity=text, data_revision=text)
    assert SharedColumns.of("w", columns).beginning(7, text) == beginning(columns)


def test_what_follows_from_columns():
    def marks(kind: str, action: str) -> tuple[bool, bool, bool, bool]:
        one = SharedColumns.of("w", Columns(1, kind, action=action))
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
