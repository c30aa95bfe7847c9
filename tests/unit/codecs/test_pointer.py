from __future__ import annotations

import copy
import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs import pointer
from proxy.errors import MalformedRequestError, PayloadTooLargeError
from testing.walks import walked_leaves

KNOWN = frozenset({"a", "b"})


def texts(document, known=KNOWN):
    return [(leaf.pointer, leaf.text, leaf.kind) for leaf in walked_leaves(document, known)]


def test_every_string_key_and_long_number_is_a_leaf():
    document = {"a": ["x", {"b": 1234567, "own key": "y"}], "b": [True, None, 12, 1.5]}
    assert texts(document) == [
        ("/a/0", "x", "value"),
        ("/a/1/b", "1234567", "number"),
        ("/a/1/own key~key", "own key", "key"),
        ("/a/1/own key", "y", "value"),
    ]


def test_json_inside_a_string_is_walked():
    assert texts({"a": '{"a": "x", "k": ["y"]}'}) == [
        ("/a#/a", "x", "value"),
        ("/a#/k~key", "k", "key"),
        ("/a#/k/0", "y", "value"),
    ]


@pytest.mark.parametrize("blank", [" ", "\n", "\t\r\n"])
def test_blanks_around_nested_json_hide_nothing(blank):
    assert texts({"a": f'{blank}{{"a": "\\u0041da"}}{blank}'}) == [("/a#/a", "Ada", "value")]


def test_nested_json_in_nested_json_is_walked():
    inner = orjson.dumps({"a": "deep"}).decode()
    assert texts({"a": orjson.dumps({"b": inner}).decode()}) == [("/a#/b#/a", "deep", "value")]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "x", "a": "y"}',
        '{"b": {"a": 1, "a": 2}}',
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        "{",
        "[1,]",
        "{}",
        "[]",
        "[" * 3000 + "]" * 3000,
        '"{}"',
    ],
)
def test_what_is_no_unambiguous_json_stays_plain_text(text):
    assert texts({"a": text}) == [("/a", text, "value")]


def test_numbers_too_long_for_an_integer_are_written_out():
    document = orjson.loads(b'{"a": 41111111111111110000, "b": 4111111111111111.0}')
    assert texts(document) == [("/a", "41111111111111110000", "number"), ("/b", "4111111111111111", "number")]


def test_depth_is_bounded():
    node: object = "x"
    for _ in range(pointer.DEPTH_LIMIT):
        node = [node]
    assert texts(node)[0][1] == "x"
    with pytest.raises(MalformedRequestError):
        walked_leaves([[node]], KNOWN)


def test_depth_is_bounded_through_nested_json():
    with pytest.raises(MalformedRequestError):
        walked_leaves({"a": "[" * 70 + "1" + "]" * 70}, KNOWN)


def test_replace_touches_nothing_else():
    document = {"a": "x", "b": [{"k": "x"}, 1.5, None], "c": {"d": [1, 2]}}
    changed = pointer.replace(document, {"/b/0/k": "Y"})
    assert changed == {"a": "x", "b": [{"k": "Y"}, 1.5, None], "c": {"d": [1, 2]}}
    assert document["b"][0]["k"] == "x"
    assert changed["c"] is document["c"]


def test_replace_without_changes_is_the_document():
    document = {"a": "x"}
    assert pointer.replace(document, {}) is document


@pytest.mark.parametrize("key", ["", "a/b", "a#b", "a~b", "~key", "~1", "#", "a~key", "0"])
def test_odd_keys_are_addressed_and_replaced(key):
    document = {key: "x", "other": "z"}
    [leaf] = [leaf for leaf in walked_leaves(document, frozenset({key, "other"})) if leaf.text == "x"]
    assert pointer.replace(document, {leaf.pointer: "y"}) == {key: "y", "other": "z"}


def test_a_key_of_the_callers_has_one_site_in_a_document_and_another_in_the_next():
    document = {"a": [{"own": 1234567}, {"own": 7654321}], "b": {"own": 1234567}}
    first, second = ([leaf.site for leaf in walked_leaves(document, KNOWN) if leaf.kind == "number"] for _ in "ab")
    assert first[0] is first[1]
    assert first[2] not in first[:2]
    assert not set(first) & set(second)


@pytest.mark.parametrize("key", ["", "a/b", "a#b", "a~b", "~key", "a~key"])
def test_odd_keys_are_renamed(key):
    [leaf] = [leaf for leaf in walked_leaves({key: 1}, frozenset()) if leaf.kind == "key"]
    assert pointer.replace({key: 1}, {leaf.pointer: "new"}) == {"new": 1}


def test_renamed_keys_do_not_swallow_each_other():
    document = {"Ada": 1, "Eve": 2}
    assert pointer.replace(document, {"/Ada~key": "[PERSON]", "/Eve~key": "[PERSON]"}) == {
        "[PERSON]": 1,
        "[PERSON]_1": 2,
    }


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"part1": "4556", "part2": "7375", "part3": "8689", "part4": "9855"}, "4556737586899855"),
        ({"a": 4556, "b": 7375, "c": 8689, "d": 9855}, "4556737586899855"),
        ({"who": "Anna", "i1": "DE89", "i2": "3704", "i3": "0044", "i4": "0532", "i5": "0130", "i6": "00"}, "DE89370400440532013000"),
        ({str(at): int(digit) for at, digit in enumerate("4556737586899855")}, "4556737586899855"),
    ],
)  # fmt: skip
def test_groups_of_a_number_under_several_keys_are_read_and_replaced_as_one(members, text):
    [leaf] = [leaf for leaf in walked_leaves({"a": members}, KNOWN) if leaf.kind == "numbers"]
    assert leaf.text == text
    changed = pointer.replace({"a": members}, {leaf.pointer: "[CARD]"})["a"]
    assert changed.keys() == members.keys()
    assert [value for value in changed.values() if value] == [*(["Anna"] if "who" in members else []), "[CARD]"]


@pytest.mark.parametrize(
    "members",
    [{"w": "219", "h": "09", "t": "9999"}, {"a": 1920, "b": 1080, "c": 60, "d": 30}, {"a": "2019", "b": "2020", "c": "2021", "d": "2022"},
     {"kind": "BF16", "shape": []}, {"a": "DE89", "b": "x"}],
)  # fmt: skip
def test_other_members_are_no_number_together(members):
    assert not [leaf for leaf in walked_leaves({"a": members}, KNOWN) if leaf.kind == "numbers"]


FILE = """
{
\t"db" : { "host": "anna.example", "port":5432 , "e": "\\u00e9\\/", "x": [ 1.0,
      2e3 ], "none": null, "empty": [ ], "o" : {}, "yes": true },
  "anna" : "anna"
}
"""


@pytest.mark.parametrize(
    ("changes", "spelled"),
    [
        ({"/db/host": "Name_X"}, [('"anna.example"', '"Name_X"')]),
        ({"/db/port": "PORT"}, [("5432 ", '"PORT" ')]),
        ({"/anna~key": "Name_X"}, [('"anna" :', '"Name_X" :')]),
        ({"/anna": 'a "b"', "/db/x/1": 7}, [(': "anna"', ': "a \\"b\\""'), ("2e3", "7")]),
    ],
)
def test_what_does_not_change_in_nested_json_stays_as_it_was_spelled(changes, spelled):
    """A program that edits the file finds its lines again."""
    wanted = FILE
    for old, new in spelled:
        assert wanted.count(old) == 1
        wanted = wanted.replace(old, new)
    made = pointer.replace({"c": FILE}, {f"/c#{at}": value for at, value in changes.items()})
    assert made == {"c": wanted}


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(_VALUES, st.integers(0, 8), st.booleans(), st.data())
def test_nested_json_of_any_spelling_means_what_it_should(value, indent, ascii_only, data):
    document = {"a": [value, "secret"], "b": value}
    text = json.dumps(document, indent=indent or None, ensure_ascii=ascii_only)
    changed = data.draw(st.sampled_from(["/a/1", "/b", "/a/0"]))
    made = pointer.replace({"c": text}, {f"/c#{changed}": "Name_X"})["c"]
    wanted = copy.deepcopy(document)
    if changed == "/b":
        wanted["b"] = "Name_X"
    else:
        wanted["a"][int(changed[-1])] = "Name_X"
    assert json.loads(made) == wanted
    if changed == "/a/1":
        assert made == text.replace('"secret"', '"Name_X"') or text.count('"secret"') > 1


def test_nested_json_is_written_back_with_its_long_integers():
    document = {"a": '{"n": 123456789012345678901234567890, "name": "Ada"}'}
    changed = pointer.replace(document, {"/a#/name": 'B"ö'})
    assert changed == {"a": '{"n": 123456789012345678901234567890, "name": "B\\"ö"}'}


def test_long_keys_above_many_leaves_are_refused_before_they_fill_the_memory():
    with pytest.raises(MalformedRequestError):
        walked_leaves({"k" * 100_000: ["a"] * 10_000}, frozenset())
    assert len(walked_leaves({"k" * 1_000: ["a"] * 10_000}, frozenset())) == 10_001


@pytest.mark.parametrize("key", ["cvv", "cardPin", "security_code", "zip", "SSN", "patient_id", "age", "card-cvc2"])
def test_a_short_number_under_a_telling_key_is_read(key):
    found = walked_leaves({"payment": {key: [737]}}, frozenset({"payment", key}))
    assert [(leaf.text, leaf.kind) for leaf in found] == [("737", "number")]


@pytest.mark.parametrize("key", ["page", "size", "pinned", "image", "temperature", "k", "message", "shipping"])
def test_a_short_number_under_another_key_is_none(key):
    assert walked_leaves({"payment": {key: 737, "open": True}}, frozenset({"payment", key, "open"})) == []


def test_more_texts_than_can_be_read_are_refused():
    document = {"metadata": {f"k{number}": 10_000_000 + number for number in range(pointer.LEAF_LIMIT // 2 + 1)}}
    with pytest.raises(PayloadTooLargeError):
        walked_leaves(document, frozenset({"metadata"}))


@pytest.mark.parametrize("member", ["text", 12345678], ids=["texts", "numbers"])
def test_no_walk_goes_on_beyond_what_can_be_read(member):
    class Counting(list):
        def __iter__(self):
            walked.add(id(self))
            return super().__iter__()

    walked = set()
    with pytest.raises(PayloadTooLargeError):
        walked_leaves({"a": [Counting((member, member)) for _ in range(2 * pointer.LEAF_LIMIT)]}, frozenset({"a"}))
    assert pointer.LEAF_LIMIT / 2 <= len(walked) < pointer.LEAF_LIMIT


def test_an_object_with_more_members_than_can_be_texts_is_refused_unwalked(monkeypatch):
    monkeypatch.setattr(pointer, "Leaf", None)
    document = dict.fromkeys(map(str, range(2 * pointer.LEAF_LIMIT + 1)), "text")
    with pytest.raises(PayloadTooLargeError):
        walked_leaves(document, frozenset())
