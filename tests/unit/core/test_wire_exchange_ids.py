"""Ids of exchanges say when they began, and nothing else."""

from __future__ import annotations

import uuid

import pytest

from proxy.core.wire import new_exchange_id


@pytest.mark.parametrize("now", [0.0, 1_790_000_000.25, 4_102_444_799.999])
def test_an_id_is_of_version_7_and_holds_the_millisecond(now):
    made = uuid.UUID(new_exchange_id(now))
    assert (made.version, made.variant, made.int >> 80) == (7, uuid.RFC_4122, int(now * 1000))


def test_ids_of_one_moment_differ():
    assert len({new_exchange_id(1.0) for _ in range(1000)}) == 1000
