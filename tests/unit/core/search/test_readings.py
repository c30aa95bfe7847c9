from __future__ import annotations

import base64

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
