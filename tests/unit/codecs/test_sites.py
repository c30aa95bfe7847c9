from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs import sites
from proxy.codecs.sites import INDEX, LeafTable, Site

TABLE = LeafTable(
    keys=frozenset("messages content images id type seed options metadata lat lon n".split()),
    words={"type": frozenset({"text"}), "id": frozenset({"none"})},
    identifiers={"id": re.compile("call_[a-z]+")},
    parameters=frozenset({"seed", "options.seed"}),
    chosen=frozenset({"options.seed"}),
    base64=frozenset({"images.content"}),
    opaque={("messages", "*", "content"): "audio"},
    pictures=(("messages", "*", "images"),),
    model="model",
)


def site(*keys: str | int) -> Site:
    found = Site(TABLE)
    for key in keys:
        found = found.child(key) if isinstance(key, str) else found.element()
    return found


def test_generalised_paths():
    known = frozenset({"messages", "content", "text"})
    assert sites.generalised(("messages", 0, "content", 3, "text"), known) == "messages[*].content[*].text"
    assert sites.generalised((), known) == ""
    assert site("messages", 0, "Ada", "content").rules.path == "messages[*].*.content"


@pytest.mark.parametrize(
    ("keys", "true"),
    [
        (("messages", 0, "images", 0), {"picture", "free"}),
        (("messages", 0, "images"), {"picture", "free"}),
        (("messages", 0, "content"), {"declared"}),
        (("messages", 0), {"free"}),
        (("images", "content"), {"base64"}),
        (("images", 0, "content"), {"free"}),
        (("seed",), {"top", "parameter", "free"}),
        (("options", "seed"), {"parameter", "chosen", "free"}),
        (("options", 0, "seed"), {"free"}),
        (("model",), {"model", "top"}),
        (("options", "model"), {"free"}),
        (("type",), {"top", "words"}),
        (("metadata", "type", 0), {"words"}),
        (("metadata", "id"), {"words", "chosen"}),
        (("Ada",), {"top", "free"}),
    ],
)
def test_what_the_table_says_of_a_place(keys, true):
    rules = site(*keys).rules
    said = "picture declared base64 top parameter chosen model words identifier free".split()
    assert {name for name in said if getattr(rules, name) not in {"", False, None}} == true


NAMED = [*TABLE.keys, "model", "Ada", "other", "call_a", INDEX]


@given(st.lists(st.sampled_from(NAMED), max_size=4))
def test_keys_that_no_table_names_are_all_the_same(keys):
    place = tuple(keys)
    assert TABLE.rules_at(place) == sites._rules(TABLE, place)


def test_what_a_table_says_is_remembered_within_bounds(monkeypatch):
    monkeypatch.setattr(TABLE.rules, "_most", 8)
    rules = [site("messages", f"key{number}").rules for number in range(20)]
    assert all(each is rules[0] for each in rules)
    for depth in range(20):
        assert site(*["x"] * depth).rules.path == ".".join("*" * depth)
    assert len(TABLE.rules) <= 8


def test_words_of_the_dialect_are_owned_unless_the_caller_chose_them():
    assert site("messages", 0, "type").owned == {"text"}
    assert site("metadata", "id").owned == site("content").owned == frozenset()


def test_the_tree_keeps_the_keys_of_the_table_alone():
    root = Site(TABLE)
    ours, theirs = root.child("metadata"), root.child("Ada")
    assert root.child("metadata") is ours
    assert root.child("Ada") is not theirs
    assert theirs.child("content") is theirs.child("content")  # for as long as the walk
    assert set(root.below) == {"metadata"}
    assert (ours.is_dialect_key, theirs.is_dialect_key) == (True, False)


def test_the_tree_is_bounded(monkeypatch):
    monkeypatch.setattr(sites, "_MOST", 2)
    root = Site(TABLE)
    kept, element = root.child("content"), root.element()
    beyond = root.child("metadata")
    assert (root.child("content"), root.element()) == (kept, element)
    assert root.child("metadata") is not beyond
    assert beyond.rules.path == "metadata"


def test_a_coordinate_may_have_a_partner():
    assert Site(TABLE).unpaired == TABLE.keys - {"lat", "lon"}


def test_keys_are_those_on_the_way():
    assert site("messages", 0, "content").keys == ("messages", INDEX, "content")
    assert site("messages", 0, "a/b").step == "/a~1b"
