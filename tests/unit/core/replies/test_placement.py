from __future__ import annotations

import pytest

from proxy.core.obligations import ADDRESSES, DECLARED_TOOLS, TEXT
from proxy.core.replies.addresses import Origins
from proxy.core.replies.placement import Permissions, Placement
from proxy.core.replies.position import WORDS, Position, Role

ORIGINS = Origins(["https://ok.test/"])
BASH = Position(Role.ARGUMENTS, document=True, tool="bash")


def reason(before, tail=" ", position=WORDS, *, removed=False, final=True, original="Anna", **permissions):
    placement = Placement(position, Permissions(ORIGINS, frozenset({"bash"}), **permissions))
    placement.feed(before)
    return placement.reason(original, tail, removed=removed, final=final)


@pytest.mark.parametrize(
    ("before", "position", "removed", "expected"),
    [
        ("Dear ", WORDS, False, ""), ("Dear ", WORDS, True, ""), ("https://evil.test/", WORDS, False, "address"),
        ("https://ok.test/", WORDS, False, ""), ("https://ok.test/", WORDS, True, "address"), ("[x](/y", WORDS, False, ""),
        ("[x](/y", WORDS, True, "address"), ("<p title='", WORDS, False, ""), ("<p title='", WORDS, True, "markup"), ("<script>", WORDS, False, "markup"),
        ("<p onclick='", WORDS, False, "markup"), ("only='", WORDS, False, ""), ("<p style='--a:", WORDS, False, "markup"),
        ("\U0001f4a9.la/", WORDS, False, "address"), (" .evil.test/", WORDS, False, "address"),
        ("a.b.evil/", WORDS, False, ""), ("see ./evil.test/", WORDS, False, ""), ("", Position(Role.ADDRESS), False, "address"),
        ("https://ok.test/", Position(Role.ADDRESS), False, ""), ("/x/", Position(Role.ADDRESS), False, "address"), ('{"a":"', BASH, True, ""),
        ('{"a":"https://evil.test/', BASH, False, "address"), ('{"a":"', Position(Role.ARGUMENTS, document=True), False, "undeclared_call"),
        ('{"a":"', BASH._replace(tool="curl"), True, "undeclared_call"),
    ],
)  # fmt: skip
def test_reasons(before, position, removed, expected):
    assert reason(before, position=position, removed=removed) == expected


def test_what_follows_is_awaited_only_where_it_decides():
    assert reason("Dear ", "", final=False) is None
    assert reason("Dear ", ",", final=False) == ""
    assert reason("Dear ", ".evil", final=False) is None
    assert reason("Dear ", ".evil.com", final=True) == "address"
    assert reason("https://", ".ok", final=False) is None
    assert reason("https://", ".test/", original="ok") == ""
    assert reason("https://", ".test.evil/", original="ok") == "address"
    assert reason("https://", "x" * 300, final=False) == "address"


@pytest.mark.parametrize(
    ("places", "position", "before", "expected"),
    [
        ({DECLARED_TOOLS}, WORDS, "", "obligation"), ({TEXT}, BASH, "", "obligation"), ({TEXT}, WORDS, "https://ok.test/", "obligation"),
        ({TEXT}, WORDS, "", ""), ({TEXT, ADDRESSES}, WORDS, "https://ok.test/", ""), (set(), WORDS, "", "obligation"),
    ],
)  # fmt: skip
def test_an_obligation_names_the_places(places, position, before, expected):
    assert reason(before, position=position, places=frozenset(places)) == expected
    assert reason(before, position=position, places_of_removed=frozenset(places)) == ""
    if expected and not before:
        assert reason(before, position=position, removed=True, places_of_removed=frozenset(places)) == expected


def test_a_value_ends_neither_the_attribute_nor_the_address_around_it():
    placement = Placement(WORDS, Permissions(ORIGINS))
    placement.feed("<p title='")
    assert placement.reason("O'Neil", "'", removed=False, final=False) == ""
    assert placement.escaped("O'Neil") == "O&#39;Neil"
    placement.feed("O'> https://ok.test/?q=")
    assert placement.reason("A B", " ", removed=False, final=False) == ""
    assert placement.escaped("A B") == "A%20B"
