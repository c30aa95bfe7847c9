from __future__ import annotations

from proxy.core.routing.routing import alone, candidates, mirror
from proxy.core.targets.mirror import NO_MIRROR, Mirror
from proxy.core.targets.registered import Route
from testing.fakes import catalog, target

TARGETS = (target("a"), target("b"), target("new"))


def routed(found):
    return catalog(*TARGETS, routes=(Route("acme", "m", "*", ("a", "b"), mirror=found), Route("*", "*", "*", ("a",))))


def names(only):
    asked = (routed(Mirror("new")), "acme", "m", "chat", lambda _: True)
    return [one.target for one in (alone(*asked, only) if only else candidates(*asked))]


def test_the_mirror_is_that_of_the_first_route_that_matches():
    assert mirror(routed(Mirror("new")), "acme", "m", "chat", b"s") == "new"
    assert mirror(routed(Mirror("new")), "rival", "m", "chat", b"s") == ""
    assert mirror(routed(NO_MIRROR), "acme", "m", "chat", b"s") == ""


def test_a_share_is_about_that_of_the_seeds():
    found = routed(Mirror("new", 0.2))
    copies = sum(mirror(found, "acme", "m", "chat", str(seed).encode()) != "" for seed in range(2000))
    assert 300 < copies < 500
    assert mirror(found, "acme", "m", "chat", b"s") == mirror(found, "acme", "m", "chat", b"s")


def test_one_target_alone_may_be_asked_for_among_the_routes_and_its_mirror():
    assert names("") == ["a", "b"]
    assert names("b") == ["b"]
    assert names("new") == ["new"]
    assert names("other") == []
