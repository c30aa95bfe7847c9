from __future__ import annotations

import random

import pytest

from testing import models

SCANNER = models.scanner()
GAPS = ["\n", "\r\n", "\t", "  ", "   ", " \n", "_", ",", ", ", "/", " / ", "·", " · ", "--", " - ", ".", "|", " | ", ";", ":", "*", "+",
        "\u00a0", "\u2009", "\u202f", "\u2007", "\u3000", "\u2013", "\u2014", "\u2212", "\u2022"]  # fmt: skip


def found(text: str) -> set[tuple[str, str]]:
    return {(f.entity_type, text[f.start : f.end]) for f in SCANNER.scan(text)}


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize(
    "groups", ["4111 1111 1111 1111", "5500 0000 0000 0004", "3782 822463 10005", "3056 930902 5904"]
)
def test_cards_in_any_grouping(groups: str, gap: str) -> None:
    value = groups.replace(" ", gap)
    assert ("CREDIT_CARD", value) in found(f"paid with {value} yesterday")
    assert ("CREDIT_CARD", value) in found(value)


@pytest.mark.parametrize("gap", GAPS)
def test_ibans_and_social_security_numbers_in_any_grouping(gap: str) -> None:
    iban = "DE89 3704 0044 0532 0130 00".replace(" ", gap)
    assert ("BANK_ACCOUNT", iban) in found(f"to {iban} please")
    ssn = "212 45 6789".replace(" ", gap)
    assert ("US_SSN", ssn) in found(f"SSN {ssn} on file")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("card 4111 1111\n1111 1111 exp", "4111 1111\n1111 1111"),
        ("4111-1111-\n1111-1111", "4111-1111-\n1111-1111"),
        ("a: 4111_1111_1111_1111, b: 5500_0000_0000_0004", "5500_0000_0000_0004"),
        ("4111_1111_1111_1111, 5500_0000_0000_0004", "4111_1111_1111_1111"),
        ("4111  1111  1111  1111\n5500  0000  0000  0004", "5500  0000  0000  0004"),
    ],
)
def test_cards_over_line_ends_and_in_lists(text: str, value: str) -> None:
    assert ("CREDIT_CARD", value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "4111,1111,1111,1111,2222",
        "9999,4111,1111,1111,1111",
        "0001\n4111\n1111\n1111\n1111\n0002",
        "4111.1111,1111/1111",
        "4111_1111_1111_1112",
        "SSN column: 212\t45\t6789\t1234",
    ],
)
def test_rows_of_numbers_are_none(text: str) -> None:
    assert not {kind for kind, _ in found(text)} & {"CREDIT_CARD", "US_SSN"}


def test_tables_of_random_numbers_raise_no_alarm() -> None:
    chance = random.Random(8)
    for gap in ("\n", "\t", ", ", ",", "  ", " | "):
        table = gap.join(f"{chance.randint(1000, 9999)}" for _ in range(4_000))
        assert not [value for kind, value in found(table) if kind == "CREDIT_CARD"], repr(gap)


def test_an_account_number_cut_anywhere_by_a_line_end_is_found() -> None:
    for text in ("Use DE8937040\n0440532013000 please.", "DE89370400440532\r\n013000"):
        assert [f.entity_type for f in SCANNER.scan(text)] == ["BANK_ACCOUNT"]
    assert not SCANNER.scan("Use DE8837040\n0440532013000 please.")
