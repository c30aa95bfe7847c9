from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from proxy.core.records import DeclaredFacts
from proxy.core.routing.routing import (
    Candidate,
    addressed,
    first,
    matches,
    models,
    ordered,
    own_name,
    ranked,
    reachable,
    registered,
    seed,
    served,
    serves,
    split,
    unreachable,
)
from proxy.core.targets.canary import Canary, Split
from proxy.core.targets.registered import Route
from proxy.core.wire import Incoming
from testing.fakes import CHAT, PRINCIPAL, catalog, chat, exchange, target


def candidates(catalog, tenant, model, operation, seed=b""):
    route = first(catalog, tenant, model, operation)
    return served(catalog, ordered(route, seed, tenant), model) if route is not None else ()


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
    assert candidates(chosen, "acme", "m", "chat") == (Candidate("b", 0), Candidate("a", 1))
    assert candidates(chosen, "acme", "other", "chat") == (Candidate("a", 0),)


def test_a_target_that_does_not_serve_the_model_is_no_candidate():
    chosen = catalog(target("a", models={"x": "x"}), target("b"))
    assert candidates(chosen, "acme", "m", "chat") == (Candidate("b", 0),)


def test_no_route_no_candidate():
    assert candidates(catalog(routes=()), "acme", "m", "chat") == ()


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


def drawn_first(weights, seed):
    return ordered(Route("*", "*", "*", ("a", "b", "c"), weights), str(seed).encode())[0]


def test_weights_share_out_the_first_places():
    counts = Counter(drawn_first({"a": 90, "b": 10}, seed) for seed in range(4000))
    assert counts.keys() == {"a", "b"}
    assert 320 < counts["b"] < 480


def test_a_change_of_weights_moves_no_more_than_it_has_to():
    before = [drawn_first({"a": 90, "b": 10}, seed) for seed in range(2000)]
    after = [drawn_first({"a": 70, "b": 30}, seed) for seed in range(2000)]
    assert not [1 for was, now in zip(before, after, strict=True) if was == "b" and now == "a"]


def test_who_has_no_weight_comes_after_those_who_have():
    route = Route("*", "*", "*", ("a", "b", "c", "d"), {"c": 1, "b": 0})
    assert ordered(route, b"s") == ("c", "a", "b", "d")
    assert ordered(Route("*", "*", "*", ("b", "a")), b"s") == ("b", "a")


def test_the_draw_gives_the_ranks():
    chosen = catalog(target("a"), target("b"), routes=(Route("*", "*", "*", ("a", "b"), {"b": 1}),))
    assert candidates(chosen, "acme", "m", "chat", b"s") == (Candidate("b", 0), Candidate("a", 1))


def canaried(share=0.1, targets=("a", "b"), **canary):
    route = Route("*", "*", "*", targets, canary=Canary("new", share, **canary))
    return catalog(target("a"), target("b"), target("new"), routes=(route,))


def sides(share, number=2000, **canary):
    return [
        split(canaried(share, **canary).routes[0], "acme", str(seed).encode()).arm == "canary" for seed in range(number)
    ]


def test_a_canary_comes_first_for_its_share_and_is_not_there_for_the_others():
    orders = {
        tuple(one.target for one in candidates(canaried(0.5), "acme", "m", "chat", str(seed).encode()))
        for seed in range(50)
    }
    assert orders == {("a", "b"), ("new", "a", "b")}
    assert 140 < sum(sides(0.1)) < 260


def test_a_canary_among_the_targets_keeps_its_place_for_the_others():
    chosen = canaried(0.5, ("a", "new"))
    orders = {
        tuple(one.target for one in candidates(chosen, "acme", "m", "chat", str(seed).encode())) for seed in range(50)
    }
    assert orders == {("a", "new"), ("new", "a")}


def test_a_larger_share_moves_nobody_away_from_the_canary():
    for less, more in ((0.0, 0.01), (0.01, 0.3), (0.3, 1.0)):
        assert not [1 for was, now in zip(sides(less), sides(more), strict=True) if was and not now]
    assert all(sides(1.0))
    assert not any(sides(0.0))


def test_the_side_says_what_it_stands_for_and_whether_it_was_drawn():
    assert split(canaried(1.0).routes[0], "acme", b"s") == Split("canary", "new", "a", drawn=False)
    assert split(canaried(0.0).routes[0], "acme", b"s") == Split("primary", "new", "a", drawn=False)
    assert split(canaried(0.5).routes[0], "acme", b"s").drawn
    tenants = frozenset({"acme"})
    assert split(canaried(0.5, tenants=tenants).routes[0], "acme", b"s") == Split("canary", "new", "a", drawn=False)
    assert split(Route("*", "*", "*", ("a",)), "acme", b"s") is None
    assert split(Route("*", "*", "*", ("new",), canary=Canary("new", 0.5)), "acme", b"s") is None


def test_whoever_is_bound_to_a_target_has_no_side():
    payload = CHAT.decode(Incoming(chat()))
    order, side = ranked(canaried(1.0), exchange(only="a"), payload, b"s")
    assert ([one.target for one in order], side) == (["a"], None)
    order, side = ranked(canaried(1.0), exchange(only="new"), payload, b"s")
    assert ([one.target for one in order], side) == (["new"], None)


def drawn(key=b"k", body=None, **changes):
    declared = {name: changes.pop(name) for name in ("conversation", "subject_refs") if name in changes}
    made = exchange(declared=DeclaredFacts("support", **declared), **changes)
    return seed(made, CHAT.decode(Incoming(chat(**(body or {})))), key)


def test_a_conversation_a_session_or_a_person_stays_and_others_are_drawn_alone():
    assert drawn(id="x1", conversation="c") == drawn(id="x2", conversation="c", body={"user": "u"})
    assert drawn(id="x1", subject_refs=("p",)) == drawn(id="x2", subject_refs=("p",))
    for named in ({"user": "u"}, {"prompt_cache_key": "u"}, {"metadata": {"user_id": "u"}}):
        assert drawn(id="x1", body=named) == drawn(id="x2", body=named)
    assert drawn(id="x1") != drawn(id="x2")
    assert drawn(id="x1", body={"user": 7, "metadata": "none"}) != drawn(id="x2", body={"user": 7, "metadata": "none"})


def test_a_draw_is_that_of_a_tenant_and_a_key_and_shows_nothing():
    whole = drawn(conversation="c")
    assert whole != drawn(conversation="c", principal=replace(PRINCIPAL, tenant="rival"))
    assert whole != drawn(b"other", conversation="c")
    assert b"c\0" not in whole
    assert len(whole) == 32


def test_a_canary_is_reachable_and_its_models_are_listed():
    route = Route("*", "m*", "*", ("a",), canary=Canary("new", 0.1))
    chosen = catalog(target("a", models={"m1": "x"}), target("new", models={"m2": "y"}), routes=(route,))
    assert models(chosen, "acme") == ("m1", "m2")
    assert [one.id for one in reachable(chosen, "acme")] == ["a", "new"]


def test_models_a_tenant_may_ask_for():
    routes = (Route("*", "gpt-4", "*", ("a",)), Route("rival", "secret", "*", ("a",)), Route("acme", "l*", "*", ("b",)))
    chosen = catalog(target("a"), target("b", models={"llama": "x", "lion": "y", "gpt": "z", "*": "w"}), routes=routes)
    assert models(chosen, "acme") == ("gpt-4", "lion", "llama")
    assert models(chosen, "other") == ("gpt-4",)
    tools = catalog(target("a"), routes=(*routes[:1], Route("*", "crm", "tool_call", ("a",))))
    assert models(tools, "acme") == ("gpt-4",)


@pytest.mark.parametrize("model", ["gpt-oss:120b-cloud", "qwen3:cloud", "Qwen3:CLOUD"])
def test_what_a_server_of_ones_own_would_hand_on_to_a_cloud_is_served_only_by_name(model):
    assert own_name(target("a", self_hosted=True, models={"*": "*"}), model) is None
    assert own_name(target("a", self_hosted=True, models={"*": "toy"}), model) == "toy"
    assert own_name(target("a", self_hosted=True, models={model: model}), model) == model
    assert own_name(target("a", self_hosted=False, models={"*": "*"}), model) == model


@pytest.mark.parametrize(
    "model",
    [
        "eu.anthropic.claude-3-haiku-20240307-v1:0", "us-gov.amazon.nova-lite-v1:0", "Global.anthropic.claude-4",
        "arn:aws:bedrock:eu-central-1:123456789012:prompt/ABCDEFGHIJ", "ARN:aws:bedrock:x",
    ],
)  # fmt: skip
def test_a_name_by_which_a_provider_chooses_region_or_model_is_served_only_by_name(model):
    assert own_name(target("a", models={"*": "*"}), model) is None
    assert own_name(target("a", models={"*": "toy"}), model) == "toy"
    assert own_name(target("a", models={model: model}), model) == model


@pytest.mark.parametrize("model", ["anthropic.claude-3-haiku-20240307-v1:0", "gpt-4.1-mini", "hf.co/a/b.gguf", "o1"])
def test_another_name_with_dots_is_a_model(model):
    assert own_name(target("a", models={"*": "*"}), model) == model


def test_an_address_may_hold_the_targets_own_name_of_the_model():
    chosen = target("a", base_url="https://x.test/openai/deployments/{model}?api-version=2024-10-21")
    assert addressed(chosen, "a b/c").base_url == "https://x.test/openai/deployments/a%20b%2Fc?api-version=2024-10-21"
    assert addressed(target("b"), "m") == target("b")


def test_a_model_is_served_where_a_route_of_the_tenant_leads_to_a_target_that_takes_it():
    routes = (Route("acme", "ex*", "embedding", ("a",)), Route("*", "other", "*", ("b",)))
    known = catalog(target("a", models={"extractor": "e"}), target("b", models={"*": "*"}), routes=routes)
    asked = [("acme", "extractor"), ("acme", "extra"), ("rival", "extractor"), ("rival", "other"), ("acme", "unknown")]
    assert [serves(known, *one) for one in asked] == [True, False, False, True, False]


def test_targets_are_named_without_which_a_route_serves_nobody():
    near, far, own = (target(name, base_url="") for name in ("near", "far", "selftest/region"))
    routes = (
        Route("*", "*", "*", ("a", "near")),
        Route("*", "m", "*", ("near", "far")),
        Route("*", "s", "*", (own.id,)),
    )
    made = catalog(target("a"), near, far, own, routes=routes)
    assert unreachable(made) == ("near", "far")
    assert unreachable(catalog()) == ()


def test_only_models_that_are_registered_have_names():
    made = catalog(replace(target("a"), models={"*": "*", "gpt": "own"}), routes=(Route("*", "m-1", "*", ("a",)),))
    assert registered(made) == {"gpt", "m-1"}
