from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.runtime.recent import BoundedCache, Recent


def test_what_was_found_last_stays_longest():
    recent: Recent[str, int] = Recent(3, lambda _: 1)
    recent.keep("t", [("a", 1), ("b", 2), ("c", 3)])
    assert recent.find("t", ["c", "a", "x", "a"]) == {"c": 3, "a": 1}
    recent.keep("t", [("d", 4)])
    assert recent.find("t", "abcd") == {"a": 1, "c": 3, "d": 4}


def test_an_owner_with_many_entries_puts_out_its_own():
    recent: Recent[int, int] = Recent(100, lambda _: 1)
    for owner in ("quiet", "calm"):
        recent.keep(owner, [(number, number) for number in range(20)])
    for first in range(0, 50_000, 500):
        recent.keep("loud", [(number, number) for number in range(first, first + 500)])
    assert [len(recent.find(owner, range(20))) for owner in ("quiet", "calm")] == [20, 20]
    assert (recent.used, len(recent)) == (100, 100)


def test_what_never_fits_is_not_kept_and_puts_nothing_out():
    recent: Recent[str, int] = Recent(10, int)
    recent.keep("t", [("a", 4), ("b", 11), ("a", 5)])
    assert (recent.find("t", "ab"), recent.used) == ({"a": 5}, 5)


@given(st.lists(st.tuples(st.sampled_from("tuv"), st.integers(0, 9), st.integers(1, 30)), max_size=60))
def test_never_more_than_the_capacity_and_shares_are_kept(steps):
    recent: Recent[int, int] = Recent(60, int)
    for owner, key, size in steps:
        before = {name: dict(recent._entries.get(name, {})) for name in "tuv"}
        recent.keep(owner, [(key, size)])
        assert recent.used == sum(map(sum, (held.values() for held in recent._entries.values()))) <= 60
        for name in set("tuv") - {owner}:
            if sum(before[name].values()) <= 60 // 3:
                assert dict(recent._entries.get(name, {})) == before[name]


class Stopped(BaseException):
    """What ends work in a thread."""


@pytest.mark.parametrize("calls", range(8))
def test_work_that_is_stopped_leaves_nothing_miscounted(calls):
    left = calls

    def size(entry):
        nonlocal left
        left -= 1
        if left == -1:
            raise Stopped
        return entry

    recent: Recent[str, int] = Recent(12, size)

    def work():
        for first in range(4):
            recent.keep("tu"[first % 2], [("a", 4 + first), ("b", 2)])

    with pytest.raises(Stopped):
        work()
    assert recent.used == sum(map(sum, (held.values() for held in recent._entries.values()))) <= 12
    recent.keep("t", [("a", 5), ("c", 3)])
    assert recent.find("t", "ac") == {"a": 5, "c": 3}


def test_a_further_entry_takes_the_place_of_the_one_that_was_set_longest_ago():
    cache: BoundedCache[str, int] = BoundedCache(3)
    for number, key in enumerate("abcad"):
        cache[key] = number
    assert list(cache.items()) == [("c", 2), ("a", 3), ("d", 4)]
    assert cache.get("b") is None


def test_an_entry_that_is_used_can_be_spared():
    cache: BoundedCache[str, int] = BoundedCache(2)
    cache["a"], cache["b"] = 1, 2
    cache.move_to_end("a")
    cache["c"] = 3
    assert list(cache) == ["a", "c"]


def test_a_cache_of_many_entries_holds_what_it_may():
    cache: BoundedCache[int, int] = BoundedCache(100)
    for number in range(20_000):
        cache[number] = number
    assert list(cache) == list(range(19_900, 20_000))
