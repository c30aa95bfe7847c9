from __future__ import annotations

import base64
import gzip
import random
import re
import time

import pytest

from proxy.core.search.decoding import view

NAME = "Katarzyna Wójcik"


def base58(data: bytes) -> str:
    number, out = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        out = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[rest] + out
    return out


FORMS = {
    "base64": base64.b64encode(NAME.encode()).decode(),
    "base64 without padding": base64.b64encode(NAME.encode()).decode().rstrip("="),
    "base64url": base64.urlsafe_b64encode(NAME.encode()).decode(),
    "base64 of UTF-16": base64.b64encode(NAME.encode("utf-16-le")).decode(),
    "base64 of latin-1": base64.b64encode(NAME.encode("latin-1")).decode(),
    "gzip": base64.b64encode(gzip.compress(NAME.encode())).decode(),
    "base32": base64.b32encode(NAME.encode()).decode(),
    "base32 in small letters": base64.b32encode(NAME.encode()).decode().rstrip("=").lower(),
    "base58": base58(NAME.encode()),
    "base85": base64.b85encode(NAME.encode()).decode(),
    "ascii85": base64.a85encode(NAME.encode(), adobe=True).decode(),
    "hexadecimal": NAME.encode().hex(),
    "hexadecimal, two bytes a group": NAME.encode().hex(" ", 2),
    "0x": "0x" + NAME.encode().hex().upper(),
    "bytes": NAME.encode().hex(" "),
    "cut off": NAME.encode().hex() + "4",
    "colons": NAME.encode().hex(":"),
    "0x each": ", ".join(f"0x{byte:02x}" for byte in NAME.encode()),
    "decimal": " ".join(str(byte) for byte in NAME.encode("latin-1")),
    "octal": " ".join(f"{byte:o}" for byte in NAME.encode("latin-1")),
    "bits": " ".join(f"{byte:08b}" for byte in NAME.encode()),
    "bits, two bytes a group": re.sub(
        "(.{16})(?!$)", r"\1 ", "".join(f"{byte:08b}" for byte in NAME.encode("latin-1"))
    ),
    "bits in a row": "".join(f"{byte:08b}" for byte in NAME.encode()),
    "twice": base64.b64encode(NAME.encode().hex().encode()).decode(),
    "three times": base64.b32encode(base64.b64encode(NAME.encode().hex().encode())).decode(),
}


WRITTEN = {
    "base64": lambda data: base64.b64encode(data).decode(),
    "base64url": lambda data: base64.urlsafe_b64encode(data).decode().rstrip("="),
    "base32": lambda data: base64.b32encode(data).decode(),
    "base32 in small letters": lambda data: base64.b32encode(data).decode().rstrip("=").lower(),
    "base58": base58,
    "ascii85": lambda data: base64.a85encode(data, adobe=True).decode(),
    "hexadecimal": bytes.hex,
    "bytes": lambda data: data.hex(" "),
    "decimal": lambda data: " ".join(map(str, data)),
    "bits": lambda data: " ".join(f"{byte:08b}" for byte in data),
}


@pytest.mark.parametrize("text", ["Иван Петров", "note for Иван Петров", "محمد عبد الله", "王小明 北京", "김철수 서울"])
@pytest.mark.parametrize("form", WRITTEN)
def test_short_texts_of_other_scripts_are_read(form, text):
    seen = view(f"Draft a reply to {WRITTEN[form](text.encode())} today")
    assert seen is not None
    assert seen.text == f"Draft a reply to {text} today"


@pytest.mark.parametrize("size", [6, 9, 16, 20, 32])
@pytest.mark.parametrize("form", [form for form in WRITTEN if form != "ascii85"])  # its signs may be escapes
def test_bytes_at_random_are_no_text_of_another_script(form, size):
    tokens = (WRITTEN[form](random.Random(f"{form} {size} {seed}").randbytes(size)) for seed in range(300))
    assert all((seen := view(token)) is None or max(seen.text) <= "\u024f" for token in tokens)


@pytest.mark.parametrize("form", FORMS)
def test_a_name_is_read_in_place(form):
    text = f"Draft a reply to {FORMS[form]} today"
    seen = view(text)
    assert seen is not None
    assert seen.text == f"Draft a reply to {NAME} today"
    start, end = seen.span(17, 17 + len(NAME))
    assert text[start:end] == FORMS[form]


@pytest.mark.parametrize("value", ["Anna", "Mia", "jane.roe@example.com", "521-44-9382", "4539148803436467"])
def test_a_short_value_is_read_too(value):
    token = base64.b64encode(value.encode()).decode()
    seen = view(f"id={token}&x")
    assert (seen.text if seen else "") == (f"id={value}&x" if len(value) > 3 else "")


@pytest.mark.parametrize(
    "text",
    [
        "getUserName ThinkPad MacBookPro Hannover99 iPhone15Pro JavaScript PostgreSQL",
        "deadbeefcafe0123 550e8400-e29b-41d4-a716-446655440000 e57ba61 sha256",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "call 0049 30 123456, order 4500012345, EAN 4006381333931",
        "HR 98, 101, 99, 87, 92, 110; weights 65 66 67 68 69 70",
        "src/proxy/core/Decoding/Views.py and Users/Anna/Documents",
        "PASSWORDS MUSTCHANGE ABCDEFGH INTERNATIONALIZATION",
        "2024-05-01 10:11:12 00:1a:2b:3c:4d:5e 10.20.30.40",
    ],
)
def test_words_numbers_and_identifiers_are_not_decoded_into_noise(text):
    assert view(text) is None


def test_a_path_may_hold_an_encoded_step():
    token = base64.urlsafe_b64encode(b"Anna Schmidt").decode()
    seen = view(f"https://example.com/people/{token}/edit")
    assert seen is not None
    assert seen.text == "https://example.com/people/Anna Schmidt/edit"


def test_what_is_encoded_more_often_than_is_decoded_is_told():
    deep, read = (view("%" + "25" * depth + "41nna") for depth in (20, 6))
    assert deep is not None
    assert deep.deep
    assert read is not None
    assert (read.text, read.deep) == ("Anna", False)


@pytest.mark.parametrize(
    "piece", ["ab", " a b", "Ab1", ". - ", "%25", "=", "12 ", "1,", "aA ", "a.", "\\", "&", "+a-", "e\u0301"]
)
def test_the_cost_is_linear(piece):
    def cost(length: int) -> float:
        text = (piece * length)[:length]
        begun = time.process_time()
        view(text)
        return time.process_time() - begun

    cost(2_000)
    assert min(cost(80_000) for _ in range(2)) < 40 * max(cost(8_000), 0.005)


@pytest.mark.parametrize("run", ["1" * 400 + "2", "1" * 20_000, "1010101 " * 300 + "2", "10101010," * 3_000 + "9"])
def test_bits_are_read_in_time_linear_in_their_number(run):
    began = time.process_time()
    view(run)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("run", ["0100100001100101 01101100011011", "010010 011001 011011", "0" * 23, "1" * 31])
def test_bits_that_make_no_bytes_stay(run):
    assert view(run) is None
