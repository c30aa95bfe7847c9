from __future__ import annotations

import pytest

from proxy.core.records import Route
from proxy.core.routing import Candidate, candidates, matches, models, own_name
from tests.fakes import catalog, target


def up(_name):
    return True


@pytest.mark.parametrize(
    ("route", "covers"),
    [
        (Route("*", "*", "*", ()), True),
        (Route("acme", "m-1", "chat", ()), True),
        (Route("acme", "m-*", "*", ()), True),
        (Route("rival", "*", "*", ()), False),
        (Route("*", "m-2", "*", ()), False),
        (Route("*", "x*", "*", ()), False),
        (Route("*", "*", "embedding", ()), False),
        (Route("*", "M-1", "*", ()), False),
    ],
)
def test_matches(route, covers):
    assert matches(route, "acme", "m-1", "chat") is covers


def test_the_first_matching_route_applies_alone():
    chosen = catalog(target("a"), target("b"), routes=(Route("*", "m", "*", ("b", "a")), Route("*", "*", "*", ("a",))))
    assert candidates(chosen, "acme", "m", "chat", up) == (Candidate("b", 0), Candidate("a", 1))
    assert candidates(chosen, "acme", "other", "chat", up) == (Candidate("a", 0),)


def test_a_target_that_does_not_serve_the_model_is_no_candidate():
    chosen = catalog(target("a", models={"x": "x"}), target("b"))
    assert candidates(chosen, "acme", "m", "chat", up) == (Candidate("b", 0),)


def test_unavailable_targets_are_candidates_marked_so():
    chosen = catalog(target("a"), target("b"))
    assert candidates(chosen, "acme", "m", "chat", lambda name: name == "b") == (
        Candidate("a", 0, False),
        Candidate("b", 1),
    )


def test_no_route_no_candidate():
    assert candidates(catalog(routes=()), "acme", "m", "chat", up) == ()


@pytest.mark.parametrize(
    ("names", "own"),
    [
        ({}, None),
        ({"m": "theirs"}, "theirs"),
        ({"*": "any"}, "any"),
        ({"*": "*"}, "m"),
        ({"m": "*"}, "m"),
        ({"x": "y"}, None),
    ],
)
def test_own_name(names, own):
    assert own_name(target("a", models=names), "m") == own


def test_models_a_tenant_may_ask_for():
    routes = (Route("*", "gpt-4", "*", ("a",)), Route("rival", "secret", "*", ("a",)), Route("acme", "l*", "*", ("b",)))
    chosen = catalog(target("a"), target("b", models={"llama": "x", "lion": "y", "gpt": "z", "*": "w"}), routes=routes)
    assert models(chosen, "acme") == ("gpt-4", "lion", "llama")
    assert models(chosen, "other") == ("gpt-4",)
