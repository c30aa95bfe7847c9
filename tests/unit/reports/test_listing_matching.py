"""A query has the conditions that are asked for, and no others."""

from __future__ import annotations

from proxy.reports.listing import FILTERS, matching


def test_only_what_is_given_is_a_condition():
    nothing = dict.fromkeys(FILTERS)
    assert matching(nothing) == ("SELECT e.* FROM evidence.exchange e WHERE true ", ())
    query, names = matching({**nothing, "action": "block", "code": "NO_BAA"}, "e.at")
    assert query == "SELECT e.at FROM evidence.exchange e WHERE e.action = $1 AND list_contains(e.codes, $2) "
    assert names == ("action", "code")


def test_each_filter_has_a_condition_of_its_own_value():
    behind = '{"of": "AQ-22.exchanges", "target": "", "provider": "", "expected": "", "reported": "", "tenant": ""}'
    for name in FILTERS:
        query, names = matching({name: behind if name == "behind" else "given"})
        assert (names, "$1" in query, "$2" in query) == ((name,), True, False), name


def test_a_page_begins_behind_a_row():
    query, names = matching({"at": 1, "exchange": "x", "limit": 2}, "e.at", "LIMIT {limit}")
    assert query.endswith("WHERE (e.at < $1 OR e.at = $1 AND e.exchange < $2) LIMIT $3")
    assert names == ("at", "exchange", "limit")
