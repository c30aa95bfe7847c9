from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from proxy.console import periods
from proxy.console.words import spoken

NOW = datetime(2026, 11, 25, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "bucket", "columns"),
    [
        ({"p": "24h"}, "hour", 24), ({"p": "7d"}, "day", 7), ({}, "day", 30), ({"p": "quarter"}, "week", 9),
        ({"since": "2020-01-01", "until": "2026-01-01"}, "month", 72), ({"p": "nonsense"}, "day", 30),
    ],
)  # fmt: skip
def test_a_column_stands_for_what_fits(query, bucket, columns):
    period = periods.chosen(query, NOW)
    assert period.bucket == bucket
    starts = period.buckets()
    assert len(starts) == columns
    assert starts == sorted(set(starts))
    assert starts[0] <= period.since < period.after(starts[0])
    assert starts[-1] < period.until


def test_days_that_were_given_count():
    period = periods.chosen({"since": "2026-07-01", "until": "2026-10-01"}, NOW)
    assert period.query == {"since": "2026-07-01", "until": "2026-10-01"}
    assert period.told(spoken("en")) == "1 Jul 2026 to 30 Sept 2026"
    assert period.before.until == period.since


def test_a_time_that_ends_before_it_begins_is_an_hour():
    period = periods.chosen({"since": "2026-07-02", "until": "2026-07-01"}, NOW)
    assert period.until - period.since == timedelta(hours=1)


def test_whole_days_hold_the_time():
    period = periods.chosen({"p": "24h"}, NOW)
    assert period.whole_days == {"since": "2026-11-24", "until": "2026-11-26"}


def test_nonsense_is_no_moment():
    assert periods.chosen({"since": "yesterday"}, NOW).name == "30d"
