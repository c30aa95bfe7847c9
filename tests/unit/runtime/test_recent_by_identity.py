"""A function is called once for the very same objects; for equal ones anew."""

from __future__ import annotations

from proxy.runtime.recent import cached_by_identity


def counted(most: int = 8):
    calls: list[tuple[dict[str, int], ...]] = []

    @cached_by_identity(most)
    def total(*parts: dict[str, int]) -> int:
        calls.append(parts)
        return sum(number for part in parts for number in part.values())

    return total, calls


def test_the_same_objects_are_asked_once():
    total, calls = counted()
    first, second = {"a": 1}, {"a": 2}
    assert [total(first, second), total(first, second)] == [3, 3]
    assert len(calls) == 1


def test_an_equal_object_is_another():
    total, calls = counted()
    assert [total({"a": 1}), total({"a": 1})] == [1, 1]
    assert len(calls) == 2


def test_an_object_that_nobody_else_holds_is_never_mistaken_for_another():
    total, _ = counted(1000)
    assert [total({"a": number}) for number in range(500)] == list(range(500))


def test_it_remembers_a_bounded_number():
    total, calls = counted(2)
    held = [{"a": number} for number in range(3)]
    for one in (*held, held[0]):
        total(one)
    assert len(calls) == 4
