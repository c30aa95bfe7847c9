from __future__ import annotations

import pytest

from proxy.core.deidentification.operators import METHODS, OPERATORS, generalize, mask, redact
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.obligations import TRANSFORMS

MINTER = Minter(b"k" * 32)


@pytest.mark.parametrize(
    ("entity_type", "value", "expected"),
    [
        ("CREDIT_CARD", "4111 1111 1111 1111", "411111******1111"),
        ("CREDIT_CARD", "3782-822463-10005", "378282*****0005"),
        ("CREDIT_CARD", "4222222222222", "*********2222"),
        ("CREDIT_CARD", "card 12", "[CREDIT_CARD]"),
        ("EMAIL_ADDRESS", "maria@firm.de", "***@***"),
        ("BANK_ACCOUNT", "DE89 3704", "**** ****"),
    ],
)
def test_mask(entity_type: str, value: str, expected: str) -> None:
    assert mask(entity_type, value, MINTER) == expected


@pytest.mark.parametrize(
    ("entity_type", "value", "expected"),
    [
        ("DATE", "3 March 1987", "1987"),
        ("DATE", "03/12/87", "[DATE]"),
        ("AGE", "43 years old", "40-49"),
        ("AGE", "90", "90+"),
        ("AGE", "forty", "[AGE]"),
        ("ZIP_CODE", "90210-1234", "902"),
        ("ZIP_CODE", "83011", "000"),
        ("ZIP_CODE", "10115 Berlin", "[ZIP_CODE]"),
        ("LOCATION", "Springfield, MA", "MA"),
        ("LOCATION", "Springfield", "[LOCATION]"),
        ("PERSON", "Maria", "[PERSON]"),
    ],
)
def test_generalize(entity_type: str, value: str, expected: str) -> None:
    assert generalize(entity_type, value, MINTER) == expected


def test_redact_shows_the_type_only() -> None:
    assert redact("PERSON", "Maria", MINTER) == "[PERSON]"


def test_keyed_hash_is_stable_and_holds_no_digit_of_the_value() -> None:
    made = METHODS["hmac"]("US_SSN", "212-45-6789", MINTER)
    assert made == METHODS["hmac"]("US_SSN", "212-45-6789", Minter(b"k" * 32))
    assert not any(map(str.isdigit, made))


def test_every_transform_has_an_operator_or_is_a_profile() -> None:
    assert set(OPERATORS) == set(TRANSFORMS) - {"deidentify"}
