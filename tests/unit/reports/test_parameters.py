from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from proxy.reports import parameters
from proxy.reports.parameters import InvalidParameterError

NAMES = ("tenants", "since", "code", "days", "limit")
MOMENT = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    ["2026-07-01", "2026-07-01T00:00:00Z", "2026-07-01T02:00+02:00", MOMENT, MOMENT.replace(tzinfo=None),
     MOMENT.astimezone(timezone(timedelta(hours=5)))],
)  # fmt: skip
def test_a_moment_is_a_time_in_utc_whatever_its_zone(value):
    assert parameters.bound(NAMES, (), {"since": value})["since"] == MOMENT


def test_every_parameter_has_a_value_in_the_order_of_the_question_and_none_where_nothing_was_given():
    values = parameters.bound(NAMES, ("code",), {"code": "NO_DPA", "tenant": "acme", "limit": 3, "days": None})
    assert list(values.items()) == [
        ("tenants", ["acme"]), ("since", None), ("code", "NO_DPA"), ("days", None), ("limit", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"exchange": "x"}, "does not take 'exchange'; it takes tenant, since, code, days, limit"),
        ({"since": "yesterday"}, "'since' must be a date"), ({"since": 7}, "'since'"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "'since'"), ({"since": "9999-12-31T23:59:59-14:00"}, "'since'"),
        ({"code": ""}, "'code'"), ({"code": "x" * 401}, "'code'"), ({"code": 1}, "'code'"), ({"code": "a\0"}, "'code'"),
        ({"tenant": ["acme"]}, "'tenant' must be a text"),
        ({"tenants": ["acme"]}, "does not take 'tenants'"), ({"registry": "{}"}, "does not take 'registry'"),
        ({"limit": 0}, "'limit'"), ({"limit": True}, "'limit'"), ({"limit": 100_001}, "'limit'"), ({"days": "1"}, "'days'"),
    ],
)  # fmt: skip
def test_what_has_not_the_form_is_refused_by_name_and_never_repeated(given, part):
    with pytest.raises(InvalidParameterError) as refused:
        parameters.bound(NAMES, (), given)
    assert part in str(refused.value)


@pytest.mark.parametrize(
    ("named", "own", "read"),
    [(None, None, None), (None, ["a"], ["a"]), ("a", None, ["a"]), ("a", ["a", "b"], ["a"]), ("c", ["a"], []), ("c", [], [])],
)  # fmt: skip
def test_who_names_a_tenant_reads_it_as_far_as_it_is_its_own(named, own, read):
    assert parameters.bound(("tenants", "limit"), (), {"tenant": named}, own)["tenants"] == read


def test_a_list_of_people_is_a_list_of_texts():
    assert parameters.bound(("subject",), (), {"subject": ["s"]}) == {"subject": ["s"]}
    for given in ("s", [1]):
        with pytest.raises(InvalidParameterError, match="'subject' must be a"):
            parameters.bound(("subject",), (), {"subject": given})


def test_what_the_answerer_sets_is_never_offered():
    assert parameters.offered(("tenants", "since", "registry", "limit")) == ("tenant", "since", "limit")


def test_what_a_question_needs_is_asked_for():
    with pytest.raises(InvalidParameterError, match="needs 'code': only this reason code"):
        parameters.bound(NAMES, ("code",), {})


@pytest.mark.parametrize("until", ["2026-07-01", "2026-06-30T23:59:59Z", "2026-07-01T01:00+02:00"])
def test_a_time_that_ends_before_it_begins_is_refused_and_both_bounds_are_named(until):
    for taken in (lambda bounds: parameters.bound(("since", "until"), (), bounds), parameters.period):
        with pytest.raises(InvalidParameterError, match="'until' must be later than 'since'"):
            taken({"since": MOMENT, "until": until})


def test_a_time_may_lack_a_bound():
    assert parameters.period({"since": "2026-07-01"}) == (MOMENT, None)
    assert parameters.period({"until": "2026-07-01"}) == (None, MOMENT)
    later = MOMENT + timedelta(microseconds=1)
    assert parameters.period({"since": MOMENT, "until": later}) == (MOMENT, later)
