"""Adding anything to a request never newly permits a third party: a bounded number of random comparisons."""

from __future__ import annotations

import random

import pytest

from bench import monotone, monotone_requests
from proxy.core.records import Principal

COMPARISONS = 600


@pytest.fixture(scope="module")
def held():
    made = monotone.proving()
    with made.evaluator:
        yield made


def test_additions_permit_no_third_party_that_was_not_permitted(held):
    found = list(monotone.compared(held, random.Random(20261126), COMPARISONS))
    assert len(found) == COMPARISONS
    assert [(one.added, one.denials, one.target) for one in found if one] == []


def test_something_is_permitted_before_so_that_something_can_be_compared(held):
    chance = random.Random(7)
    bases = [monotone_requests.base(chance, held.data) for _ in range(60)]
    assert sum(bool(held.permitted(one)[0]) for one in bases) > 10
    assert sum(not held.permitted(one)[0] for one in bases) > 10


def test_what_the_key_is_bound_to_declare_opens_and_the_comparison_sees_it(held):
    body = {"model": "m", "messages": [{"role": "user", "content": "Thank Anna Schmidt for the order."}]}
    found = {}
    for bounds in ((), ("DE",)):
        principal = Principal("k", "acme-eu", "svc", ("support-chat",), "support-chat", "DE", declarable_regions=bounds)
        asking = monotone_requests.Asking(body, {}, principal, ("us-alpha/eu", "local/eu"))
        grown = monotone_requests.Asking(body, {"x-compliance-subject-regions": "DE"}, principal, asking.targets)
        found[bounds] = held.permitted(grown)[0] - held.permitted(asking)[0]
    assert found == {(): set(), ("DE",): {"us-alpha/eu"}}
