"""Which lists hold a digest, and which numbers tell somebody by themselves."""

from __future__ import annotations

import numpy as np
import pytest

from proxy.detection.registered.building import built
from proxy.detection.registered.lists import PeopleIndex, RegisteredList
from proxy.detection.registered.rows import NAME, TYPED
from proxy.detection.registered.table import DigestTable, coded
from proxy.detection.registered.words import Digester


def listed(name, *digests, types=("USERNAME",), lengths=None):
    return RegisteredList(name, "rl_0", DigestTable(built(np.array(digests, np.uint64))), types, lengths or {})


FIRST = listed("a", coded(1 << 40, NAME), coded(1 << 50, 1), coded(1 << 55, TYPED))
SECOND = listed("b", coded(1 << 40, NAME), coded(1 << 50, 4))


def test_a_digest_is_held_by_each_list_that_has_it_with_the_code():
    index = PeopleIndex(Digester(b"r" * 32), [SECOND, FIRST])
    assert [list_.name for list_ in index.holding(1 << 40, NAME)] == ["a", "b"]
    assert index.holding(1 << 55, NAME) == []


def test_a_stem_is_what_it_is_in_any_list():
    index = PeopleIndex(Digester(b"r" * 32), [FIRST, SECOND])
    assert (index.stem(1 << 50), index.stem(1 << 40), index.stem(1 << 60)) == (5, 0, 0)


def test_a_value_by_itself_has_the_code_of_its_type():
    assert (FIRST.typed(1 << 55), FIRST.typed(1 << 40), FIRST.typed(1 << 60)) == (TYPED, 0, 0)


@pytest.mark.parametrize(
    ("number", "entries", "alone"),
    [("12345", 1, False), ("123456", 100, True), ("123456", 101, False), ("kd4711", 10**6, True)],
)
def test_a_number_counts_alone_where_few_are_like_it(number, entries, alone):
    assert listed("a", lengths={(TYPED, len(number)): entries}).counts_alone(TYPED, number) == alone


def test_a_date_of_birth_never_counts_alone():
    assert not listed("a", types=("DATE_OF_BIRTH",)).counts_alone(TYPED, "12031961")
