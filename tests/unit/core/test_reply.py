from __future__ import annotations

import orjson
import pytest

from proxy.core.json_context import json_escape
from proxy.core.reply import ReplyFilters, guarded_types
from tests.fakes import SSN, FakeDetector

NAME = "Name_BCDFGHJKLM"


def filters(pseudonyms=None, guarded=("US_SSN",)):
    return ReplyFilters(pseudonyms or {}, frozenset(guarded), FakeDetector().scan)


def whole(made, text):
    return made.feed(text) + made.flush()


def test_nothing_to_do():
    idle = filters(guarded=())
    assert not idle.needed()
    assert whole(idle.make(False), f"x {SSN}") == f"x {SSN}"


def test_a_restored_value_is_no_leak():
    both = filters({NAME: SSN})
    assert whole(both.make(False), f"{NAME} and 123-45-6789") == f"{SSN} and [US_SSN]"
    assert (both.restored(), both.redacted()) == (1, 1)


def test_counts_over_several_texts():
    both = filters({NAME: "Ada"})
    for text in (NAME, f"{NAME} {SSN}", "nothing"):
        whole(both.make(False), text)
    assert (both.restored(), both.redacted()) == (2, 1)


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb", "a\tb\x01", "é\u2028"])
def test_values_inside_json_are_escaped(value):
    text = whole(filters({NAME: value}).make(True), f'{{"who": "{NAME}"}}')
    assert orjson.loads(text) == {"who": value}
    assert orjson.loads(f'"{json_escape(value)}"') == value


def test_guarded_types():
    kinds = {"US_SSN": "govid", "IBAN": "fin", "CREDIT_CARD": "pan", "PIN": "sad", "KEY": "secret", "PERSON": "direct"}
    assert guarded_types(kinds, frozenset({"IBAN"}), frozenset({"KEY"})) == {"US_SSN", "CREDIT_CARD", "PIN"}


def test_every_division_gives_the_same():
    text = f"to {NAME}: {SSN}, bye"
    wanted = whole(filters({NAME: "Ada"}).make(False), text)
    for cut in range(len(text) + 1):
        made = filters({NAME: "Ada"}).make(False)
        assert made.feed(text[:cut]) + made.feed(text[cut:]) + made.flush() == wanted
