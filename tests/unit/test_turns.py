from __future__ import annotations

from collections import Counter

from proxy.turns import Turns


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
