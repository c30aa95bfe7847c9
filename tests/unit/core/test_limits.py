from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.core.limits import COST, MONTH, REQUESTS, TOKENS, Limit, LimitStanding, reached, tightest, window

CALLER = {"key": "k1", "service": "crm", "tenant": "acme", "model": "gpt-4o", "activity": "support"}


def at(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("per", "begin", "end"),
    [("minute", (2026, 12, 31, 23, 59), (2027, 1, 1)), ("hour", (2026, 12, 31, 23), (2027, 1, 1)),
     ("day", (2026, 12, 31), (2027, 1, 1)), (MONTH, (2026, 12, 1), (2027, 1, 1))],
)  # fmt: skip
def test_windows_begin_and_end_by_the_calendar(per, begin, end):
    assert window(per, at(2026, 12, 31, 23, 59, 58) + 0.5) == (at(*begin), at(*end))
    assert window(per, at(*end))[0] == at(*end)


@pytest.mark.parametrize("month", range(1, 13))
def test_each_month_follows_the_one_before(month):
    begin, end = window(MONTH, at(2028, month, 15))
    assert (begin, window(MONTH, end - 1)) == (at(2028, month, 1), (begin, end))
    assert window(MONTH, end)[0] == end


def test_a_counter_has_the_names_that_it_is_kept_by():
    assert Limit("a", REQUESTS, 1, "day", ("tenant", "model")).counter(CALLER) == "a\nrequests\nacme\ngpt-4o"
    assert Limit("a", TOKENS, 1, "day", ("key",)).counter(CALLER) == "a\ntokens\nk1"


@pytest.mark.parametrize(
    ("only", "applies"),
    [({}, True), ({"model": ("gpt-*",)}, True), ({"model": ("gpt",)}, False), ({"tenant": ("mercy", "acme")}, True),
     ({"tenant": ("acme",), "service": ("erp",)}, False)],
)  # fmt: skip
def test_a_limit_is_for_whom_it_names(only, applies):
    assert (Limit("a", REQUESTS, 1, "day", ("tenant",), only).counter(CALLER) is not None) is applies


def test_what_is_used_up_is_named():
    limit = Limit("a", TOKENS, 12_000, "hour", ("tenant", "model"))
    assert reached(LimitStanding(limit, 0, 59.4, 1_790_000_040), CALLER) == (
        "limit 'a' is used up: 12,000 tokens per hour for tenant acme, model gpt-4o; "
        "it begins anew at 2026-09-21 14:14:00 UTC"
    )
    assert reached(LimitStanding(limit, 3, 59.4, 1), CALLER).startswith("limit 'a' has too little left: 12,000 tokens")
    budget = Limit("b", COST, 12_500_000, MONTH, ("tenant",))
    assert "12.50 of cost per month for tenant acme" in reached(LimitStanding(budget, 0, 1, 1), CALLER)


def test_the_tightest_has_the_smallest_share_left():
    wide, narrow = Limit("wide", REQUESTS, 1000, "day", ()), Limit("narrow", REQUESTS, 10, "minute", ())
    standings = [LimitStanding(wide, 100, 1.0, 1), LimitStanding(narrow, 9, 1.0, 1)]
    assert tightest(standings, REQUESTS) is standings[0]
    assert tightest(standings, TOKENS) is None


@pytest.mark.parametrize("model", ["", "anna@x.example", "a\nb", "nul\x00", "half \ud83d", "m" * 129])
def test_what_is_no_name_of_a_model_is_counted_with_others_and_kept_nowhere(model):
    limit = Limit("a", REQUESTS, 1, "day", ("model", "tenant"))
    assert limit.counter(CALLER | {"model": model}) == "a\nrequests\n*\nacme"
