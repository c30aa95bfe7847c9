from __future__ import annotations

from copy import deepcopy

import pytest

from proxy.errors import ConfigurationError
from proxy.registry import edit
from proxy.registry.edit import DocumentChange

DOCUMENT = {
    "registry": {
        "targets": {"p/eu": {"dpa": {"status": "signed"}, "processing_regions": ["IE", "DE"]}},
        "exceptions": [{"id": "e1", "waives": ["X"]}, {"id": "e2", "waives": ["Y"]}],
    },
    "endpoints": {"p/eu": {"base_url": "u", "models": {"gpt-4.1": "a", "*": "*"}}},
    "routes": [{"model": "a", "targets": ["p/eu"]}, {"targets": ["p/eu"]}],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("targets.p/eu.dpa.status", "signed"),
        ("registry.targets.p/eu.dpa", {"status": "signed"}),
        ("targets.p/eu.processing_regions.1", "DE"),
        ("exceptions.e2.waives", ["Y"]),
        ("exceptions.0.id", "e1"),
        ('endpoints.p/eu.models."gpt-4.1"', "a"),
        ("endpoints.p/eu.models.*", "*"),
        ("routes.0.model", "a"),
        ("", DOCUMENT),
    ],
)
def test_get(path, found):
    assert edit.get(DOCUMENT, path) == found


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("targets.q/us", "there is no 'q/us' in targets; it has p/eu"),
        ("tenants", "there is no 'tenants' in registry; it has exceptions, targets"),
        ("targets.p/eu.dpa.status.x", "targets.p/eu.dpa.status is a value"),
        ("routes.2", "there is no element '2' in routes; it has 2"),
        ("exceptions.e3", "there is no element 'e3' in exceptions"),
        ("targets..dpa", "is not a path"),
        ("targets.", "is not a path"),
        ('targets."p', "is not a path"),
        ('targets."p"x', "is not a path"),
    ],
)
def test_what_is_not_there_is_named(path, said):
    for act in (edit.get, edit.remove):
        with pytest.raises(ConfigurationError) as caught:
            act(DOCUMENT, path)
        assert said in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("targets.p/eu.dpa.expires", "2027-01-01"),
        ("targets.q/us", {"provider": "q"}),
        ("tenants.acme.establishments", ["DE"]),
        ('endpoints.p/eu.models."gpt-5.1"', "b"),
        ("exceptions.e1.reason", "a test"),
        ("routes.1.tenant", "acme"),
        ("routes", []),
    ],
)
def test_put_changes_one_place_and_leaves_the_given_document(path, value):
    before = deepcopy(DOCUMENT)
    changed = edit.put(DOCUMENT, path, value)
    assert edit.get(changed, path) == value
    assert before == DOCUMENT
    assert edit.changes(DOCUMENT, changed)


def test_plus_is_a_new_last_element():
    changed = edit.put(DOCUMENT, "routes.+", {"targets": []})
    assert changed["routes"][2] == {"targets": []}
    assert edit.put(DOCUMENT, "exceptions.+.id", "e3")["registry"]["exceptions"][2] == {"id": "e3"}


@pytest.mark.parametrize("path", ["routes.7", "routes.x", "targets.p/eu.dpa.status.deeper", ""])
def test_put_needs_a_place(path):
    with pytest.raises(ConfigurationError):
        edit.put(DOCUMENT, path, 1)


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("targets.p/eu.dpa", "targets.p/eu.dpa"),
        ("exceptions.e1", "exceptions.e1"),
        ("exceptions.e2.waives", "exceptions.e2.waives"),
        ("routes.1", "routes.1"),
        ('endpoints.p/eu.models."gpt-4.1"', 'endpoints.p/eu.models."gpt-4.1"'),
    ],
)
def test_remove_is_one_change(path, gone):
    before = deepcopy(DOCUMENT)
    changed = edit.remove(DOCUMENT, path)
    assert [(one.path, one.kind) for one in edit.changes(DOCUMENT, changed)] == [(gone, "removed")]
    assert before == DOCUMENT


def test_remove_of_an_element_takes_the_named_one_of_equal_ones():
    document = {"routes": [{"a": 1}, {"b": 2}, {"a": 1}]}
    assert edit.remove(document, "routes.2") == {"routes": [{"a": 1}, {"b": 2}]}


def test_changes_name_the_highest_place_and_values():
    after = edit.put(edit.put(DOCUMENT, "targets.q/us", {"provider": "q"}), "targets.p/eu.dpa.status", "lapsed")
    after = edit.put(edit.remove(after, "exceptions.e1"), "routes.0.targets", ["q/us", "p/eu"])
    assert edit.changes(DOCUMENT, after) == (
        DocumentChange("targets.p/eu.dpa.status", "signed", "lapsed"),
        DocumentChange("targets.q/us", None, {"provider": "q"}),
        DocumentChange("exceptions.e1", {"id": "e1", "waives": ["X"]}, None),
        DocumentChange("routes.0.targets", ["p/eu"], ["q/us", "p/eu"]),
    )


@pytest.mark.parametrize("key", ["a.b", 'a"b', '"a"', 'a".b', '"', '""', '."', "", "é'<b>", "registry"])
def test_a_path_leads_to_the_keys_that_it_was_joined_of(key):
    keys = ("registry", "tenants", key, "id")
    assert edit.segments_of(edit.joined(keys)) == keys
    document = edit.put(DOCUMENT, edit.joined(keys), "x")
    assert document["registry"]["tenants"][key] == {"id": "x"}
    (change,) = edit.changes(DOCUMENT, document)
    assert edit.get(document, change.path) == change.after


def test_nothing_differs():
    assert edit.changes(DOCUMENT, deepcopy(DOCUMENT)) == ()


def test_types_and_order_of_elements_matter():
    assert edit.changes({"a": 1}, {"a": True})[0].kind == "changed"
    turned = {"registry": {"exceptions": list(reversed(DOCUMENT["registry"]["exceptions"]))}}
    assert [one.path for one in edit.changes({"registry": DOCUMENT["registry"]}, {**turned})] == [
        "exceptions",
        "targets",
    ]


def test_everything_is_added_to_nothing():
    assert [one.path for one in edit.changes({}, DOCUMENT)] == ["registry", "endpoints", "routes"]
