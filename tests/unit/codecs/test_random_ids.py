from __future__ import annotations

import re

import pytest

from proxy.codecs.random_ids import RUN

IDENTIFIER = re.compile(RUN)


@pytest.mark.parametrize(
    "identity",
    ["000000000136", "01AbQ9xYz", "0a", "7f3c9e04421875b6ad0c11f2", "3f2b7c1e-8a4d-4c1b-9e7f-001234567890", "12345"],
)
def test_what_programs_call_their_calls_is_an_identifier(identity):
    assert IDENTIFIER.fullmatch(identity)


@pytest.mark.parametrize(
    "identity",
    ["4111111111111111", "0171920456", "x123456", "4915123456789", "Anna Schmidt", "0004111111111111111", "a" * 65],
)
def test_what_could_carry_a_value_is_not(identity):
    assert not IDENTIFIER.fullmatch(identity)
