"""The guard with the product's own patterns: values of every kind a reply may not disclose, however the stream is cut."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.decision import contents
from proxy.core.replies import guard
from proxy.core.replies.own_values import OwnValues
from proxy.core.replies.position import WORDS, Position
from proxy.core.replies.reply import ExpectedValues, ReplyFilters
from testing import models
from testing.examples import examples

SCANNER = models.scanner()
GUARDED = frozenset(
    """
    US_SSN US_ITIN NATIONAL_ID PASSPORT DRIVER_LICENSE HEALTH_PLAN_ID NHS_NUMBER BANK_ACCOUNT CARD_EXPIRY CRYPTO_WALLET
    CREDIT_CARD CVV CARD_TRACK CARD_PIN CREDENTIAL CLAIM_OR_RX_NUMBER EMAIL_ADDRESS FAX_NUMBER MEDICAL_RECORD_NUMBER
    PHONE_NUMBER PROFESSIONAL_LICENSE STREET_ADDRESS VEHICLE_ID
    """.split()
)  # fmt: skip
VALUES = [
    "a.bc@nordpost.eu", "(512) 555-0142", "+44 20 7946 0123", "0228/55 47 11", "(0361) 778 12 34", "06 39 98 12 34", "04.72.55.12.34",
    "+1-737-555-0142 ext. 12", "4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111", "371449635398431",
    "DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "212-45-6789", "the SSN 212 45 6789", "PESEL 44051401359", "44051401359",
    "12 Merrowdown Lane, Bristol BS8 4QZ", "7 Quillfeather Road, Leeds LS6 2AB", "120 N. Thistlewood Avenue, Apt 5, Austin, TX 78704",
    "Holunderstraße 12, 44137 Dortmund", "Am Fuchsberg 7, 99084 Erfurt", "Lange Straße 5", "hauptstr. 5", "12 rue des Mésanges, 69003 Lyon",
    "9 bis rue Vauquelin-Moreau, 75005 Paris", "Calle Almendral 12, 3º B, 28013 Madrid", "C/ Zarzamora 4, 46001 Valencia",
    "Avenida de los Olivares 3", "Via dei Ciclamini 8, 20121 Milano", "ul. Kasztanowa 5/4, 00-950 Warszawa", "al. Wierzbowa 3 m. 7",
    "Kastanjelaan 12, 3512 JE Utrecht", "Rua das Magnólias 9, 1200-109 Lisboa", "P.O. Box 1234", "CVV 737", "card PIN is 4829",
    "password: Zx9!kLm2#q", "api_key = sk_live_4eC39HqLyjWDarjtT1zdp7dc", "MRN 84839201", "passport no. C01X00T47", "5551234567 is my phone",
    "VIN WVWZZZ1KZAW123456", "plate: DO-HK 4711", "expires 12/27",
]  # fmt: skip
PROSE = ["the", "Sure.", "Dear", "Maria", "Schmidt", "call", "is", "in 2024", "at", "and", "Anything else?", "Marie Curie", "of", "who", "-", "12", "ü",
         "The", "account", "number", "was", "a", "physicist."]  # fmt: skip
TEXTS = st.lists(
    st.tuples(st.one_of(st.sampled_from(VALUES), st.sampled_from(PROSE)), st.sampled_from([" ", ". ", ", ", "\n", ": ", ".\n- "])), max_size=8
).map(lambda parts: "".join(word + mark for word, mark in parts))  # fmt: skip


def filters():
    return ReplyFilters({}, GUARDED, SCANNER.scan, ExpectedValues(OwnValues([]), {}))


def pieces(text, cuts):
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[a:b] for a, b in itertools.pairwise(places)]


def run(parts):
    made = filters().make(WORDS)
    return "".join(map(made.feed, parts)) + made.flush()


@examples(150)
@given(TEXTS, st.lists(st.integers(0, 500), max_size=12))
def test_every_chunking_equals_the_whole_text(text, cuts):
    assert run(pieces(text, cuts)) == run([text])


@examples(60)
@given(TEXTS)
def test_character_by_character_equals_the_whole_text(text):
    assert run(text) == run([text])


@examples(60)
@given(TEXTS)
def test_text_that_is_not_looked_at_holds_nothing(text):
    made = ReplyFilters({}, GUARDED, SCANNER.scan, ExpectedValues(OwnValues([]), {}), every_text=True).make(WORDS)
    assert made.feed(text) + made.flush() == run([text])


@examples(150)
@given(st.lists(TEXTS, max_size=3), st.booleans(), st.booleans())
def test_what_was_searched_whole_is_guarded_as_it_would_be_otherwise(texts, written, document):
    texts = [json.dumps({"a": text, "n": [4111111111111111, "x\n"]}) if written else text for text in texts]
    expected, kinds = ExpectedValues(OwnValues([VALUES[0], VALUES[8]]), {}), dict.fromkeys(GUARDED, "govid")
    every = ReplyFilters({}, frozenset(), SCANNER.scan, expected)
    searched = contents.read(texts, SCANNER.scan, expected, kinds).searched
    assert searched.keys() == set(texts)
    for some in (GUARDED, frozenset({"CREDIT_CARD"})):
        given, whole = [], []
        for known, results in (({}, whole), (searched, given)):
            filters_ = every.removing(some, {}, known, by_pattern=GUARDED)
            made = [filters_.make(Position(document=document)) for _ in texts]
            results += [one.feed(text) + one.flush() for one, text in zip(made, texts, strict=True)]
            results.append(filters_.redacted())
        assert given == whole


@examples(50)
@given(TEXTS)
def test_json_stays_json(text):
    made = filters().make(Position(document=True))
    assert json.loads(made.feed(json.dumps({"a": text, "n": [4111111111111111, 1]})) + made.flush())["n"] == [
        "[CREDIT_CARD]",
        1,
    ]


@examples(60)
@given(TEXTS, st.integers(130, 400))
def test_long_texts_scanned_in_windows_hold_what_they_hold_as_a_whole(text, window):
    text = f"{text}{'the quick brown fox ' * 9}{text}"
    whole = dict(guard.scan_decoded(text, SCANNER.scan))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "WINDOW", window)
        patch.setattr(guard, "RUN_WINDOW", 300)
        assert dict(guard.scan_decoded(text, SCANNER.scan)) == whole
