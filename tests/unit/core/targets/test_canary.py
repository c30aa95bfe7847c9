from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.core.records import DeclaredFacts
from proxy.core.routing.routing import mirror, ranked
from proxy.core.targets.canary import NO_CANARY, NO_MIRROR, Canary, Mirror
from proxy.core.targets.registered import Route
from proxy.core.wire import Incoming
from testing.fakes import CHAT, PRINCIPAL, catalog, chat, exchange, target


@pytest.mark.parametrize(
    ("canary", "tenant", "draw", "taken"),
    [
        (Canary("new", 0.05), "acme", 0.05, True),
        (Canary("new", 0.05), "acme", 0.0501, False),
        (Canary("new", 1.0), "acme", 1.0, True),
        (Canary("new", 0.0), "acme", 2**-64, False),
        (Canary("new", 0.0, frozenset({"acme"})), "acme", 1.0, True),
        (Canary("new", 0.0, frozenset({"acme"})), "rival", 2**-64, False),
        (NO_CANARY, "acme", 2**-64, False),
    ],
)
def test_who_goes_to_the_canary(canary, tenant, draw, taken):
    assert canary.takes(tenant, draw) is taken


TARGETS = (target("a"), target("b"), target("new"))
BODY = CHAT.decode(Incoming(chat(model="m")))


def routed(copy):
    return catalog(*TARGETS, routes=(Route("acme", "m", "*", ("a", "b"), mirror=copy), Route("*", "*", "*", ("a",))))


def copied(copy, conversation="c", tenant="acme"):
    declared = DeclaredFacts("support", conversation=conversation)
    return mirror(routed(copy), exchange(principal=replace(PRINCIPAL, tenant=tenant), declared=declared), BODY, b"k")


def test_the_mirror_is_that_of_the_first_route_that_matches():
    assert copied(Mirror("new")) == "new"
    assert copied(Mirror("new"), tenant="rival") == ""
    assert copied(NO_MIRROR) == ""
    assert mirror(catalog(*TARGETS, routes=()), exchange(), BODY, b"k") == ""


def test_a_share_is_about_that_of_the_conversations():
    copies = sum(copied(Mirror("new", 0.2), f"c{number}") != "" for number in range(2000))
    assert 300 < copies < 500
    assert copied(Mirror("new", 0.2), "c1") == copied(Mirror("new", 0.2), "c1")


def test_one_target_alone_may_be_asked_for_among_the_routes_and_its_mirror():
    def names(only):
        return [one.target for one in ranked(routed(Mirror("new")), exchange(only=only), BODY, b"k")[0]]

    assert names("") == ["a", "b"]
    assert names("b") == ["b"]
    assert names("new") == ["new"]
    assert names("other") == []
