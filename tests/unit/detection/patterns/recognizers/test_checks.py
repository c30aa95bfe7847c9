from __future__ import annotations

import pytest

from proxy.detection.patterns.recognizers import checks


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checks.is_luhn, "490154203237518", "490154203237519"),
        (checks.polish_card, "ABS123456", "ABS223456"),
        (checks.german_pension, "65 170839 J 003", "65 170839 J 004"),
        (checks.german_health, "A123456780", "A123456781"),
        (checks.hungarian_taj, "123 456 788", "123 456 789"),
        (checks.singapore, "S1234567D", "S1234567A"),
        (checks.snils, "112-233-445 95", "112-233-445 96"),
        (checks.hong_kong, "A123456(3)", "A123456(4)"),
        (checks.us_ssn, "521-44-9382", "666-44-9382"),
        (checks.us_itin, "912-70-1234", "812-70-1234"),
        (checks.npi, "1234567893", "1234567890"),
        (checks.dea, "AB1234563", "AB1234564"),
        (checks.aba, "021000021", "021000022"),
        (checks.vin, "1HGCM82633A004352", "1HGCM82633A004353"),
        (checks.australian_medicare, "2123 45670 1", "2123 45671 1"),
        (checks.stdnum("nl.bsn"), "111222333", "111222334"),
    ],
)
def test_known_numbers(check, good, bad):
    assert check(good) == len(good)
    assert check(bad) == 0


def test_one_repeated_digit_is_no_number():
    assert checks.stdnum("br.cpf")("111.111.111-11") == 0
    assert not checks.varied("000-00-0000")


def test_has_digit():
    assert checks.has_digit("AB1") == 3
    assert checks.has_digit("ABC") == 0


def test_time_of_an_archived_page_is_no_number_of_a_firm():
    assert checks.cnpj("20210507025929") == 0
    assert checks.cnpj("11.222.333/0001-81") == 18
    assert checks.cnpj("11222333000181") == 14
