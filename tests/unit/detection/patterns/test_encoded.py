"""What decodes to a number that is found as it stands is found, however short, alone or in a short sentence."""

from __future__ import annotations

import base64
import random
from functools import cache

import pytest

from proxy.core.search.decoding import view
from proxy.detection.patterns.recognizers import PATTERNS
from testing import models, sampling

pytestmark = pytest.mark.heavy

SCANNER = models.scanner()
ENCODERS = {
    "tags": lambda raw: "".join(chr(0xE0000 + code) for code in raw),
    "base64": lambda data: base64.b64encode(data).decode(),
    "base64 without padding": lambda data: base64.b64encode(data).decode().rstrip("="),
    "base64 of a line": lambda data: base64.b64encode(data + b"\n").decode(),
    "base64 with a label": lambda data: base64.b64encode(b"ssn: " + data).decode(),
    "base64 of UTF-16": lambda data: base64.b64encode(data.decode().encode("utf-16-le")).decode(),
    "base64 twice": lambda data: base64.b64encode(base64.b64encode(data)).decode(),
    "base32": lambda data: base64.b32encode(data).decode(),
    "base32 in small letters": lambda data: base64.b32encode(data).decode().lower().rstrip("="),
    "ascii85": lambda data: base64.a85encode(data, adobe=True).decode(),
    "hexadecimal": bytes.hex,
    "hexadecimal of base64": lambda data: base64.b64encode(data).hex(),
    "hexadecimal of UTF-16": lambda data: data.decode().encode("utf-16-be").hex(),
    "bytes": lambda data: data.hex(" "),
    "0x": lambda data: " ".join(f"0x{byte:02x}" for byte in data),
    "percent": lambda data: "".join(f"%{byte:02x}" for byte in data),
    "quoted-printable": lambda data: "".join(f"={byte:02X}" for byte in data),
    "entities": lambda data: "".join(f"&#{byte};" for byte in data),
    "escapes": lambda data: "".join(f"\\u{byte:04x}" for byte in data),
    "bits": lambda data: " ".join(f"{byte:08b}" for byte in data),
    "codes": lambda data: " ".join(map(str, data)),
}
FRAMES = ("{}", "Use {} please", "id={}", '"{}"', "{}.", "a, {}, b", "Her number: {}")
KINDS = [p for p in PATTERNS if p.check and p.score >= 0.5 and p.country and p.trigger and "(?P<v>" not in p.body]


@cache
def numbers():
    """Return numbers of every kind; some are long in the drawing."""
    return [*printed(), *(number for pattern in KINDS for number in sampling.valid(pattern, 3) if writable(number))]


def writable(number):
    return number.isascii() and sum(map(str.isdigit, number)) >= 7 and "+" not in number


def printed():
    chance = random.Random(11)
    yield from (
        "4111111111111111",
        "5555555555554444",
        "378282246310005",
        "4111 1111 1111 1111",
        "DE89370400440532013000",
    )
    yield from (
        f"{chance.randrange(100, 665)}-{chance.randrange(10, 99)}-{chance.randrange(1000, 9999)}" for _ in range(60)
    )


@pytest.mark.parametrize("encoder", ENCODERS)
def test_an_encoded_number_is_read_as_the_number(encoder):
    assert len(numbers()) > 120
    missed = [
        text
        for number in numbers()
        for frame in FRAMES
        if SCANNER.scan(frame.format(number))
        for text in [frame.format(ENCODERS[encoder](number.encode()))]
        if not SCANNER.read(text)
    ]
    assert missed == []


@pytest.mark.parametrize(
    "text", ["id=887922/8512", "5555555555554444", "x=EC6", "size=FF00", "donaudampfschifffahrt", "internationalizations"]
)  # fmt: skip
def test_what_is_plain_stays(text):
    seen = view(text)
    assert seen is None or seen.text == text


def test_words_and_random_tokens_are_not_decoded_into_numbers():
    chance = random.Random(11)
    tokens = [base64.b64encode(chance.randbytes(chance.randrange(6, 24))).decode() for _ in range(3_000)]
    tokens += [chance.randbytes(chance.randrange(6, 24)).hex() for _ in range(3_000)]
    tokens += ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randrange(8, 32))) for _ in range(3_000)]
    seen = [view(token) for token in tokens]
    assert sum(s is not None and sum(map(str.isdigit, s.text)) >= 7 and s.text.isascii() for s in seen) <= 3
