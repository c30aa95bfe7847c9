from __future__ import annotations

import base64

import pytest

from proxy.core.search.readings import readings


def test_plain_text_has_no_other_reading() -> None:
    assert not list(readings("Die Anfrage für Müller, 12 Kartons (gestern) = 3."))


def test_only_what_stands_around_an_escape_is_read_anew() -> None:
    text = "word " * 1_000 + "M%C3%BCller" + " word" * 1_000
    (reading,) = readings(text)
    assert len(reading.text) < 1_000
    at = reading.text.index("Müller")
    start, end = reading.span(at, at + len("Müller"))
    assert text[start:end] == "M%C3%BCller"


def test_what_is_encoded_twice_leads_back_to_the_whole_part() -> None:
    inner = base64.b64encode(b"Herr M&uuml;ller kommt morgen um neun Uhr").decode()
    outer = base64.b64encode(f"see {inner} please".encode()).decode()
    text = f"x {outer} y"
    reading = next(reading for reading in readings(text) if "Müller" in reading.text)
    at = reading.text.index("Müller")
    start, end = reading.span(at, at + 6)
    assert text[start:end] == outer


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Anna=2ESchmidt", "Anna.Schmidt"),
        ("mail anna=40example.com", "anna@example.com"),
        ("card 4111=201111=201111=201111", "4111 1111 1111 1111"),
        ("IBAN=20DE89370400440532013000", "IBAN DE89"),
        ("=30=37=38-05-1120", "078-05-1120"),
        ("M=FCller", "Müller"),
        ("M=C3=BCller", "Müller"),
        (f"{'word ' * 14}Kowal=\nski", "Kowalski"),
    ],
)
def test_quoted_printable_is_read(text: str, read: str) -> None:
    assert any(read in part.text for part in readings(text))


@pytest.mark.parametrize("text", ["status=200 bytes=4096 port=8080", "a=20 b=30 c=4096", "id=887922"])
def test_numbers_behind_an_equals_sign_are_no_escapes(text: str) -> None:
    assert not list(readings(text))
