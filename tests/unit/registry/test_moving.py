from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.catalog.models import Routes
from proxy.core.targets.canary import Move
from proxy.errors import ConfigurationError
from proxy.registry import edit, moving, sensitive

CHAT = {"id": "chat", "model": "gpt-*", "targets": ["us", "eu"], "mirror": {"target": "lab", "share": 0.1}}
OTHER = {"model": "claude-*", "targets": ["us"]}


def document(**route):
    return {"registry": {}, "endpoints": {}, "routes": [{**CHAT, **route}, OTHER]}


def route(changed):
    Routes.model_validate({"routes": changed["routes"]})
    assert changed["routes"][1] == OTHER
    return changed["routes"][0]


def test_a_route_is_named_by_its_id_number_or_only_model():
    for name in ("chat", "0", "gpt-*"):
        assert moving.entry(document(), name)["id"] == "chat"
    assert moving.entry(document(), "1") == OTHER
    assert list(moving.names(document())) == ["chat", "1"]
    for name in ("2", "gpt-4o", ""):
        with pytest.raises(ConfigurationError, match="there are chat, 1"):
            moving.entry(document(), name)
    with pytest.raises(ConfigurationError, match="several routes are for claude-"):
        moving.entry({"routes": [OTHER, OTHER]}, "claude-*")


def test_a_canary_begins_grows_and_keeps_what_is_left_out():
    changed = moving.canary(document(), "chat", "eu", 5, ["acme"])
    assert route(changed)["canary"] == {"target": "eu", "percent": 5, "tenants": ["acme"]}
    assert route(moving.canary(changed, "chat", percent=25))["canary"] == {
        "target": "eu",
        "percent": 25,
        "tenants": ["acme"],
    }
    with pytest.raises(ConfigurationError, match="has the canary eu: promote it or return first"):
        moving.canary(changed, "chat", "lab", 5)
    with pytest.raises(ConfigurationError, match="has no canary: name its target"):
        moving.canary(document(), "chat", percent=5)


def test_a_promotion_puts_the_canary_first_and_keeps_what_it_ends():
    split = {"canary": {"target": "new", "percent": 5}, "weights": {"us": 9, "eu": 1}}
    after = route(moving.promoted(document(**split), "chat"))
    assert after == {**CHAT, "targets": ["new", "us", "eu"], "former": {"targets": ["us", "eu"], **split}}
    with pytest.raises(ConfigurationError, match="no canary to promote"):
        moving.promoted(document(), "chat")


def test_a_move_names_the_target_that_comes_first_without_the_canary():
    assert moving.move(document(canary={"target": "eu"}), "chat") == Move("us", "eu", "", "", "gpt-*")
    split = {"canary": {"target": "new"}, "weights": {"us": 0, "eu": 3}}
    one = document(**split, tenant="acme", operation="embedding", model="*")
    assert moving.move(one, "chat") == Move("eu", "new", "acme", "embedding")


@given(
    st.lists(st.sampled_from(["us", "eu", "asia"]), min_size=1, max_size=3, unique=True),
    st.booleans(),
    st.sampled_from([0, 0.5, 5, 100]),
    st.booleans(),
)
def test_a_return_restores_exactly_the_former_split(targets, weighted, percent, mirrored):
    before = {"targets": targets, "canary": {"target": "new", "percent": percent}}
    before |= {"weights": dict.fromkeys(targets, 2)} if weighted else {}
    document = {"routes": [before | ({"mirror": {"target": "lab"}} if mirrored else {}), OTHER]}
    promoted = moving.promoted(document, "0")
    meanwhile = edit.put(promoted, "routes.1.targets", ["eu"])
    assert moving.returned(meanwhile, "0") == {"routes": [document["routes"][0], {**OTHER, "targets": ["eu"]}]}
    assert sensitive.touched(document, promoted) == sensitive.touched(promoted, moving.returned(promoted, "0")) == ()


def test_a_return_takes_back_one_step_at_a_time():
    begun = moving.canary(moving.promoted(document(canary={"target": "new", "percent": 5}), "chat"), "chat", "lab", 10)
    once = moving.returned(begun, "chat")
    assert (once["routes"][0]["targets"], "canary" in once["routes"][0]) == (["new", "us", "eu"], False)
    twice = moving.returned(once, "chat")
    assert twice == document(canary={"target": "new", "percent": 5})
    assert moving.returned(twice, "chat") == document()
    with pytest.raises(ConfigurationError, match="nothing to return to"):
        moving.returned(document(), "chat")


@pytest.mark.parametrize(
    ("entry", "new", "model", "is_of_it"),
    [
        ({"canary": {"target": "new"}}, "new", "gpt-4o", True),
        ({"canary": {"target": "new"}}, "lab", "gpt-4o", True),
        ({"former": {"targets": ["us"], "canary": {"target": "old"}}}, "old", "gpt-4o", True),
        ({}, "us", "gpt-4o", False),
        ({}, "lab", "claude-x", False),
    ],
)
def test_what_a_comparison_is_about(entry, new, model, is_of_it):
    assert moving.compares({**CHAT, **entry}, new, model) is is_of_it
