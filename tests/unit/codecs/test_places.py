from __future__ import annotations

import pytest

from proxy.codecs import places

DOCUMENT = {
    "system": {"type": "text"},
    "messages": [{"content": [{"type": "text", "t": 1}, {"type": "image", "t": 2}]}, {"content": "x"}, 5],
    "variables": {"a/b": {"text": "y"}, "c": {"text": "z"}, "d": 1},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("messages[*].content[*].t", [("/messages/0/content/0/t", 1), ("/messages/0/content/1/t", 2)]),
        ("messages[*].content[*]=image.t", [("/messages/0/content/1/t", 2)]),
        ("messages[*].content", [("/messages/0/content", DOCUMENT["messages"][0]["content"]), ("/messages/1/content", "x")]),
        ("variables.*.text", [("/variables/a~1b/text", "y"), ("/variables/c/text", "z")]),
        ("system=text.type", [("/system/type", "text")]),
        ("system=other.type", []),
        ("nothing[*].here", []),
        ("messages.content", []),
    ],
)  # fmt: skip
def test_what_stands_at_a_path(path, found):
    assert [(one.pointer, one.node) for one in places.at(DOCUMENT, path)] == found


def test_an_object_in_place_of_the_last_list_is_found_and_not_listed():
    assert [(one.pointer, one.listed) for one in places.at(DOCUMENT, "system[*]")] == [("/system", False)]
    assert [one.listed for one in places.at(DOCUMENT, "messages[*].content[*]")] == [True, True]
    assert list(places.at({"a": {"b": 1}}, "a[*].b")) == []


def test_paths_without_lists():
    part = {"source": {"data": "x"}}
    assert (places.node_at(part, "source.data"), places.node_at(part, "source.data.x"), places.node_at(part, "y")) == (
        "x",
        None,
        None,
    )
    assert places.address("source.data") == "/source/data"
    assert places.plain("content[*]=thinking.signature") == "content[*].signature"


def test_the_keys_on_the_way_to_a_path():
    assert places.expected("messages[*].images") == ("messages", "*", "images")
    assert places.expected("metadata.*") == ("metadata", "*")
