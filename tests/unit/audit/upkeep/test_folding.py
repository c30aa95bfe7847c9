from __future__ import annotations

from datetime import date

from proxy.audit.upkeep.folding import ahead


def test_this_month_and_the_next_two_have_partitions():
    assert ahead(date(2026, 11, 30)) == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]
    assert ahead(date(2026, 1, 1)) == [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
