"""A decoder is left out only where it reads nothing: its need is never stricter than the decoder itself."""

# ruff: noqa: RUF001 -- what looks alike is the point
from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.spelling import ENCODERS, both
from proxy.core.search.decoding import bases, characters, digits, escapes, groups, mail, spelled, spoken, turned
from proxy.core.search.decoding.views import Decoder, identity
from testing.examples import examples

DECODERS = (
    mail.SOFT_BREAKS,
    bases.BASE85,
    turned.UPSIDE_DOWN,
    *escapes.DECODERS,
    *mail.DECODERS,
    *bases.DECODERS,
    *turned.DECODERS,
    *digits.DECODERS,
    *groups.DECODERS,
    *spoken.DECODERS,
    Decoder("spelled digits", spelled.RUN, spelled.digits, spelled.possible),
)
TEXTS = (
    "Please call Jürgen Lützow (at home) on 030 1234567, or write to j.luetzow@example.org.",
    "ed.muller@moc.liam airaM tdimhcS, a b c d e f; ... --- ... / -.-. 7 7 1 2 3 4 5 6 O1l23456",
    "0x4d 0x61 0x72 0x69 0x61; 77 97 114 105 97; 01001101 01100001 01110010; xn--mller-kva.de; =C3=BC=\nx",
    "john (at) example dot com, jane @ example.org, zero eins, ZWEI 3 fünf triple seven 4 double six, q=a+b+c+d+e",
    "ɐıɹɐW ʇpıɯɥɔS 1·2·3·4·5·6·7·8 M\u00a0a\u00a0r\u00a0i\u00a0a M·a·r·i·a q=a+b+c+d +AOQ-",
)
_SIGNS = sorted(
    {
        *"aZfeO01l279 =\n\r+-._*·•/|,;:<~&%#@()xX",
        *"moc.ed\\\u00a0\x1c\x85\u2028üÜłɐɹʇ\u0301²",
        "xn--",
        "    ",
        "<~",
        "=?",
        *(" at ", " dot ", "(at)", "one ", "FÜNF ", "triple ", "minus "),
    }
)


def reads(decoder: Decoder, text: str) -> bool:
    return any(decoder.rewrite(match) is not None for match in decoder.pattern.finditer(text))


def left_out(text: str) -> list[str]:
    return [decoder.name for decoder in DECODERS if not decoder.needs(text) and reads(decoder, text)]


@pytest.mark.parametrize("name", ENCODERS)
def test_what_an_encoder_writes_is_not_left_out(name: str) -> None:
    for text, then in product(TEXTS, ENCODERS):
        encoded = both(ENCODERS[name], ENCODERS[then])(text)
        assert left_out(encoded) == []
        assert left_out(f"It reads: {encoded}, he said.") == []


@examples(150)
@given(st.lists(st.sampled_from(_SIGNS), max_size=60).map("".join))
def test_no_text_is_left_out(text: str) -> None:
    assert left_out(text) == []


def test_ordinary_prose_asks_for_nothing() -> None:
    text = "We met on Monday and spoke about the invoice of last week, which is still open; please answer soon. " * 9
    assert [decoder.name for decoder in DECODERS if decoder.needs(text)] == ["base64, base32, base58"]


@given(st.text(max_size=40))
def test_characters_that_are_left_read_as_they_stand(text: str) -> None:
    if not characters.odd(text):
        assert characters.plain(identity(text)).text == text
        assert characters.lookalikes(identity(text)).text == text
