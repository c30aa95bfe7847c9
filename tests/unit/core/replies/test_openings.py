from __future__ import annotations

import pytest

from proxy.core.replies import openings
from proxy.core.replies.addresses import Origins, Standing
from proxy.core.replies.openings import Opening, Openings
from proxy.core.replies.position import WORDS, Position, Role


def opened(text, position=WORDS, foreign=False):
    followed = Openings(position, lambda opening: Standing.FOREIGN if foreign else Standing.WORDS)
    followed.feed(text)
    return set(followed.open())


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("words https://a/", Opening("https://a/", openings.WORDS)),
        ("[x](a/b", Opening("a/b", openings.DESTINATION)),
        ("[x]: a/b", Opening("a/b", openings.DESTINATION)),
        ("[x](<a b", Opening("a b", openings.DESTINATION)),
        ("<https://a b", Opening("https://a b", openings.STRING)),
        ("<img src=a/b", Opening("a/b", openings.VALUE, "src")),
        ("<img src='a b", Opening("a b", openings.ATTRIBUTE, "src")),
        ("[x](https://a/)y", Opening(" y", openings.WORDS)),
    ],
)
def test_what_is_open(text, opening):
    assert opening in opened(text)


def test_a_closed_string_is_no_longer_open():
    assert {each.kind for each in opened("<img src='a b' ")} == {openings.WORDS, openings.STRING}


def test_in_code_a_string_is_open_and_ends_a_run():
    arguments = Position(Role.ARGUMENTS, document=True)
    assert opened('{"a":"x\\u0020y\\/', arguments) >= {
        Opening("x y/", openings.STRING),
        Opening("y/", openings.WORDS),
    }


def test_an_address_is_all_of_its_text():
    assert opened("a b", Position(Role.ADDRESS)) == {Opening("a b", openings.WHOLE)}


@pytest.mark.parametrize("padding", ["\t", "&#9;", "\u200b", "&#" + "0" * 90 + "9;"])
def test_an_authority_without_end_is_foreign(padding):
    followed = Openings(WORDS, lambda opening: Origins().standing(opening.text, markup=True))
    followed.feed("<img src='https:" + padding * 5000)
    assert any(each.foreign for each in followed.open() if each.name == "src")


@pytest.mark.parametrize("before", ["<img src='", "x ", "[x](<"])
def test_of_a_long_address_its_standing_is_kept(before):
    text = before + "y" * 10_000
    kept = [each for each in opened(text, foreign=True) if each.foreign]
    assert kept
    assert all(len(each.text) < 4096 for each in kept)
    assert not any(each.foreign for each in opened(text))
