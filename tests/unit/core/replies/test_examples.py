from __future__ import annotations

import pytest

from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.replies.examples import is_example


@pytest.mark.parametrize(
    ("entity_type", "value"),
    [
        ("EMAIL_ADDRESS", "user@example.com"), ("EMAIL_ADDRESS", "No-Reply@mail.example.org"), ("EMAIL_ADDRESS", "user2+tag@host.test"),
        ("EMAIL_ADDRESS", "john.doe@example.net"), ("EMAIL_ADDRESS", "admin@localhost"), ("PHONE_NUMBER", "555-0123"),
        ("PHONE_NUMBER", "+1 (555) 555-0142"), ("FAX_NUMBER", "(212) 555-0100"),
    ],
)  # fmt: skip
def test_reserved_and_nobodys(entity_type, value):
    assert is_example(entity_type, value)


@pytest.mark.parametrize(
    ("entity_type", "value"),
    [
        ("EMAIL_ADDRESS", "user@firm.de"), ("EMAIL_ADDRESS", "anna.schmidt@example.com"), ("EMAIL_ADDRESS", "user@notexample.com"),
        ("EMAIL_ADDRESS", "user@example.de"), ("PHONE_NUMBER", "(512) 555-0142"), ("PHONE_NUMBER", "+49 231 5550100"),
        ("CREDIT_CARD", "4111111111111111"), ("US_SSN", "078-05-1120"), ("BANK_ACCOUNT", "DE89370400440532013000"),
    ],
)  # fmt: skip
def test_what_may_be_somebodys_is_no_example(entity_type, value):
    assert not is_example(entity_type, value)


@pytest.mark.parametrize(("entity_type", "value"), [("EMAIL_ADDRESS", "a@b.de"), ("PHONE_NUMBER", "0231 5558123")])
def test_a_pseudonym_is_nobodys(entity_type, value):
    assert is_example(entity_type, Minter(b"k" * 32).pseudonym(entity_type, value))
