from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.replies.own_values import OwnValues, _Index, squeezed

SSN = "212-45-6789"


@pytest.mark.parametrize(
    "request_text",
    [
        SSN, "my number is 212 45 6789.", "ssn=212456789;", "2\u200b12-45-6789", "\uff12\uff11\uff12-45-6789", "%32%31%32-45-6789", r"\u0032\u0031\u0032-45-6789",
        "&#50;&#49;&#50;-45-6789", "two one two four five six seven eight nine", base64.b64encode(b"my number is 212-45-6789, thanks").decode(),
    ],
)  # fmt: skip
def test_a_value_is_found_in_every_spelling(request_text):
    assert OwnValues(["hello", request_text]).hold(SSN)


@pytest.mark.parametrize("request_text", ["", "212-45-67891", "1212-45-6789", "212-45", "x212-45-678", "212-45-6788"])
def test_a_part_of_another_value_is_not_the_value(request_text):
    assert not OwnValues([request_text, "6789"]).hold(SSN)


def test_values_do_not_reach_over_texts():
    assert not OwnValues(["212-45", "6789"]).hold(SSN)


def test_letters_in_any_case():
    own = OwnValues(["Write to ANNA.Schmidt@Firm.DE, IBAN de89 3704 0044 0532 0130 00"])
    assert own.hold("anna.schmidt@firm.de")
    assert own.hold("DE89370400440532013000")
    assert not own.hold("schmidt@firm.d")


@pytest.mark.parametrize("value", ["", " - ", "\0"])
def test_nothing_is_never_held(value):
    assert not OwnValues(["a - b\0"]).hold(value)


def test_squeezed():
    assert squeezed("A-b_1. ß") == "ab1ss"


@pytest.mark.parametrize(
    ("given", "said", "held"),
    [
        ("+49 30 901820", "004930901820", True),
        ("030 901820", "+49 30 901820", True),
        ("+49 30 901820", "030 901820", True),
        ("030 901820", "+49 31 901820", False),
        ("4711", "004711", False),
    ],
)
def test_telephone_numbers_are_the_same_however_they_are_dialled(given: str, said: str, held: bool) -> None:
    assert OwnValues([f"Call {given} today"]).hold(said) is held


@given(
    st.lists(st.text("ab1 -", max_size=12), max_size=4), st.lists(st.text("ab1", min_size=1, max_size=40), max_size=60)
)
def test_an_index_that_is_asked_often_answers_the_same(texts, asked):
    index = _Index(texts)
    assert [index._looked_up(value) for value in asked] == [index._searched(value) for value in asked]
