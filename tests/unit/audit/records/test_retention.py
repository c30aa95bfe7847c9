from __future__ import annotations

from datetime import date

import pytest

from proxy.audit.records.record import Columns, make
from proxy.audit.records.retention import Retention


def outcome(**facts) -> bytes:
    return make(Columns(at=1, kind="outcome", exchange="x"), {"ended": "delivered", **facts}).body


def test_exchanges_are_counted_by_whether_their_last_day_is_over():
    found = Retention(today=date(2026, 11, 26))
    for day in ("2026-11-25", "2026-11-26", "2032-01-01"):
        found.add(outcome(retain_until=day))
    found.add(outcome())
    assert (found.past, found.kept, found.undated, found.through) == (1, 2, 1, date(2032, 1, 1))


@pytest.mark.parametrize("facts", [{"retain_until": "never"}, {"code": '"retain_until":"2026-01-01"'}])
def test_what_names_no_day_is_to_be_kept(facts):
    found = Retention(today=date(2026, 11, 26))
    found.add(outcome(**facts))
    assert (found.past, found.undated) == (0, 1)
