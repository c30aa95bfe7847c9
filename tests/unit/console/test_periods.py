from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.console import periods
from proxy.console.words import spoken
from proxy.web.api.faults import InvalidRequestError

NOW = datetime(2026, 11, 25, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "bucket", "columns"),
    [
        ({"p": "24h"}, "hour", 24), ({"p": "7d"}, "day", 7), ({}, "day", 30), ({"p": "quarter"}, "week", 9),
        ({"since": "2020-01-01", "until": "2026-01-01"}, "month", 72),
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
    assert period.in_words(spoken("en")) == "1 Jul 2026 to 30 Sept 2026"
    assert period.before.until == period.since


def test_whole_days_hold_the_time():
    period = periods.chosen({"p": "24h"}, NOW)
    assert period.whole_days == {"since": "2026-11-24", "until": "2026-11-26"}


@pytest.mark.parametrize(
    "query",
    [
        {"p": "90d"}, {"since": "yesterday"}, {"until": "2026-13-01"}, {"since": "2026-07-02", "until": "2026-07-01"},
        {"since": "0001-01-01T00:00:00+14:00"}, {"since": "0001-01-01"}, {"until": "9999-12-31"}, {"since": "1975-01-01"},
        {"until": "0001-01-01"}, {"since": "9999-12-31T23:59:59-14:00"},
    ],
)  # fmt: skip
def test_a_time_that_is_none_is_refused_and_never_another_one(query):
    with pytest.raises(InvalidRequestError):
        periods.chosen(query, NOW)
