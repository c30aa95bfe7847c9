from __future__ import annotations

from collections import Counter

import pytest

from proxy.runtime.turns import AT_WORK_S, MOST, Allowance, Turns


def taken(turns, count=10**6):
    items = []
    while len(items) < count and (item := turns.take()) is not None:
        items.append(item)
    return items


def test_one_owner_is_served_in_order():
    turns = Turns(10)
    for number in range(5):
        turns.put("a", 7, number)
    assert len(turns) == 5
    assert taken(turns) == [0, 1, 2, 3, 4]
    assert (turns.take(), len(turns)) == (None, 0)


def test_what_costs_more_than_there_is_room_for_stays_first():
    turns = Turns(10)
    turns.put("a", 7, "dear")
    turns.put("a", 1, "cheap")
    assert turns.take(most=6) is None
    assert (turns.take(most=7), turns.take(most=1), len(turns)) == ("dear", "cheap", 0)


def test_whoever_comes_anew_waits_for_nobody():
    turns = Turns(10)
    for number in range(100):
        turns.put("a", 10, ("a", number))
    assert turns.take() == ("a", 0)
    turns.put("b", 3, "b")
    assert turns.take() == "b"


def test_owners_are_served_equal_costs_whatever_they_queue():
    turns = Turns(10)
    for _ in range(1000):
        turns.put("small", 1, ("small", 1))
        turns.put("large", 40, ("large", 40))
        turns.put("middle", 10, ("middle", 10))
    served = Counter()
    for owner, cost in taken(turns, 600):
        served[owner] += cost
    assert max(served.values()) - min(served.values()) <= 60


def test_nobody_goes_first_by_coming_and_going():
    """An owner that always has one item at a time gets its share, not more."""
    turns = Turns(10)
    for _ in range(200):
        turns.put("queue", 10, ("queue", 10))
    served, last = Counter(), "one"
    for _ in range(100):
        if last == "one":
            turns.put("one", 40, ("one", 40))
        last, cost = turns.take()
        served[last] += cost
    assert served["one"] <= served["queue"] + 80


def test_an_owner_that_left_is_forgotten():
    turns = Turns(10)
    for number in range(1000):
        turns.put(f"owner {number}", 25, number)
    assert len(taken(turns)) == 1000
    assert turns.take() is None
    assert not turns._queues
    assert not turns._ring


def test_owners_that_are_skipped_keep_their_items_and_others_theirs():
    turns = Turns(10)
    for owner in "abc":
        for number in range(3):
            turns.put(owner, 15, (owner, number))
    assert [turns.take({"a", "c"}) for _ in range(4)] == [("b", 0), ("b", 1), ("b", 2), None]
    assert turns.take("abc") is None
    assert Counter(owner for owner, _ in taken(turns)) == {"a": 3, "c": 3}


def test_what_was_taken_can_cost_more_than_was_thought():
    turns = Turns(10)
    for number in range(4):
        turns.put("a", 0, ("a", number))
        turns.put("b", 0, ("b", number))
    served = []
    while (one := turns.take()) is not None:
        served.append(one[0])
        turns.charge(one[0], 30 if one[0] == "a" else 10)
    assert served[:4].count("b") == 3
    assert len(served) == 8
    turns.charge("a", 1_000)  # nothing of it is under way
    turns.put("b", 0, ("b", 0))
    assert not turns.behind("a")


def test_new_work_is_behind_what_waits_of_its_owner_and_behind_others_where_it_owes():
    turns = Turns(10)
    assert not turns.behind("a")
    turns.put("a", 0, 1)
    assert turns.behind("a")
    assert not turns.behind("b")
    turns.put("b", 0, 2)
    assert turns.take() == 2
    turns.charge("b", 30)
    assert turns.behind("b")
    assert turns.take() == 1
    assert not turns.behind("b")


def test_nobody_takes_more_than_its_share_of_the_time_while_others_are_at_work():
    allowance, now, many_s = Allowance(), 100.0, 0.0
    for step in range(10_000):
        if step % 20 == 0:
            allowance.took("few", 0.0001, now)
        if allowance.over("many", now):
            now += allowance.wait(now) + 1e-6
        else:
            now += 0.0005
            many_s += 0.0005
            allowance.took("many", 0.0005, now)
        assert not allowance.over("few", now)
    assert many_s / (now - 100.0) == pytest.approx(MOST, abs=0.02)


def test_who_is_alone_takes_all_of_it():
    allowance, now = Allowance(), 100.0
    for _ in range(1_000):
        now += 0.001
        allowance.took("one", 0.001, now)
        assert not allowance.over("one", now)
    allowance.took("other", 0.001, now)
    assert not allowance.over("one", now)
    for _ in range(20):
        now += 0.001
        allowance.took("one", 0.001, now)
    assert allowance.over("one", now)
    assert not allowance.over("other", now)
    assert not allowance.over("one", now + AT_WORK_S)


def test_two_that_have_much_to_do_share_all_of_the_time():
    allowance, now, idle = Allowance(), 100.0, 0.0
    for step in range(4_000):
        owner = "ab"[step % 2]
        if allowance.over(owner, now):
            idle += (waited := allowance.wait(now))
            now += waited
        now += 0.001
        allowance.took(owner, 0.001, now)
    assert idle < 0.01 * (now - 100.0)


def test_what_was_taken_long_ago_is_forgotten():
    allowance = Allowance()
    for number in range(1_000):
        allowance.took(f"owner {number}", 0.001, 100.0)
    assert len(allowance.all_over(100.0)) >= 999
    assert not allowance.all_over(200.0)
    assert not allowance._until
