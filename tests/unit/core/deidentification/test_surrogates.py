from __future__ import annotations

import pytest

from proxy.core.deidentification.surrogates import ALPHABET, MONTHS, Bits, shaped, tagged


def zeros(size: int) -> bytes:
    return bytes(size)


def test_bits_draw_more_when_they_run_out() -> None:
    drawn: list[int] = []

    def source(size: int) -> bytes:
        drawn.append(size)
        return bytes(range(size))

    bits = Bits(source)
    assert all(0 <= bits.below(1000) < 1000 for _ in range(200))
    assert len(drawn) > 1


@pytest.mark.parametrize(
    ("entity_type", "value", "start"),
    [
        ("EMAIL_ADDRESS", "not an address", "Mail_"),
        ("PHONE_NUMBER", "call me", "Phone_"),
        ("IP_ADDRESS", "localhost", "Host_"),
        ("DEVICE_ID", "IMEI 1", "Device_"),
        ("DATE", "next Tuesday", "Date_"),
        ("DATE", "3 Foo 2026", "Date_"),
        ("URL", "see here", "Link_"),
        ("LOCATION", "Berlin", "Place_"),
        ("US_SSN", "212-45-6789", "ID_"),
    ],
)
def test_value_without_a_known_shape_gets_a_tag(entity_type: str, value: str, start: str) -> None:
    made = shaped(entity_type, value, Bits(zeros))
    assert made.startswith(start)
    assert set(made.removeprefix(start)) <= set(ALPHABET)


@pytest.mark.parametrize("months", MONTHS)
def test_month_names_stay_in_their_language(months: tuple[str, ...]) -> None:
    assert len(months) == 12
    made = shaped("DATE", f"3 {months[0]} 2026", Bits(zeros))
    assert any(f" {name} " in made for candidates in MONTHS if months[0] in candidates for name in candidates)


def test_tagged_has_no_digit_and_no_vowel() -> None:
    assert not set(tagged("X", Bits(zeros))[3:]) & set("AEIOU0123456789")
