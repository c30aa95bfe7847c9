from __future__ import annotations

import ipaddress
import itertools
import re
import secrets
import uuid
from collections.abc import Callable
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.surrogates import looks_like_pseudonym
from proxy.core.replies.restore import Restorer
from testing.examples import examples

NAMES = st.lists(
    st.sampled_from(
        [
            "Maria",
            "SCHMIDT",
            "schmidt",
            "Schmidt",
            "van",
            "McDonald",
            "O'Neil",
            "Anna-Lena",
            "Léa",
            "M.",
            "Dr.",
            "Mrs",
            "李",
        ]
    ),
    min_size=1,
    max_size=4,
).map(" ".join)
NUMBERS = st.integers(0, 10**9).map(str)
VALUES = st.one_of(
    st.tuples(st.just("PERSON"), NAMES),
    st.tuples(st.just("EMAIL_ADDRESS"), st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.de", fullmatch=True)),
    st.tuples(st.just("PHONE_NUMBER"), st.from_regex(r"\+?[0-9]{3} [0-9]{3,9}", fullmatch=True)),
    st.tuples(st.sampled_from(["DATE", "DATE_OF_BIRTH"]), st.dates().map(str)),
    st.tuples(st.just("DATE"), st.dates().map(lambda d: f"{d:%d/%m/%Y}")),
    st.tuples(st.just("DATE"), st.dates().map(lambda d: f"{d:%B} {d.day}, {d:%Y}")),
    st.tuples(st.just("DATE"), st.dates().map(lambda d: f"{d.day} {d:%b} {d:%Y}")),
    st.tuples(st.just("DATE"), st.datetimes(timezones=st.none()).map(lambda d: d.isoformat(timespec="seconds"))),
    st.tuples(st.just("IP_ADDRESS"), st.ip_addresses().map(str)),
    st.tuples(st.just("URL"), st.from_regex(r"(https://)?[a-z]{1,8}\.com/[a-z]{0,5}", fullmatch=True)),
    st.tuples(st.just("DEVICE_ID"), st.uuids().map(str)),
    st.tuples(st.just("DEVICE_ID"), st.from_regex(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}", fullmatch=True)),
    st.tuples(st.sampled_from(["MEDICAL_RECORD_NUMBER", "LOCATION", "USERNAME", "ORGANIZATION", "X"]), NUMBERS),
    st.tuples(st.sampled_from(["DATE", "EMAIL_ADDRESS", "URL", "IP_ADDRESS", "PERSON"]), st.text(min_size=1, max_size=8)),
)  # fmt: skip
KEY = b"k" * 32


@examples(100)
@given(st.lists(VALUES, max_size=30), st.sampled_from([None, secrets.token_bytes]))
def test_any_set_of_pseudonyms_is_prefix_free(values: list[tuple[str, str]], entropy: Callable | None) -> None:
    """No pseudonym begins another, whatever was minted together, in any letter case."""
    minter = Minter(KEY, entropy)
    for entity_type, value in values:
        minter.pseudonym(entity_type, value)
    ordered = sorted({pseudonym.lower() for pseudonym in minter.minted})
    assert not [(a, b) for a, b in itertools.pairwise(ordered) if b.startswith(a)]


@examples(100)
@given(st.lists(VALUES, min_size=1, max_size=8), st.text(max_size=5))
def test_restoring_gives_back_exactly_what_was_there(values: list[tuple[str, str]], between: str) -> None:
    """A text made of masked values restores to the original, character by character."""
    minter = Minter(KEY)
    masked = between.join(minter.pseudonym(entity_type, value) for entity_type, value in values)
    assert Restorer(minter.minted).whole(masked) == between.join(value for _, value in values)


@examples(100)
@given(st.lists(VALUES, min_size=1, max_size=12))
def test_same_value_same_pseudonym_without_shared_state(values: list[tuple[str, str]]) -> None:
    """Two replicas with the same key agree, in whatever order they see the values; another domain differs."""
    one, two, other = Minter(KEY), Minter(KEY), Minter(b"o" * 32)
    first = {value: one.pseudonym(*value) for value in values}
    second = {value: two.pseudonym(*value) for value in reversed(values)}
    assert first == second
    shared = set(one.minted) & {p for v in values for p in [other.pseudonym(*v)] if p in other.minted}
    assert not shared


@given(VALUES)
def test_every_pseudonym_is_recognised_as_one(value: tuple[str, str]) -> None:
    """What is minted is found again inside a text."""
    minter = Minter(KEY)
    text = f"see ({minter.pseudonym(*value)}), please"
    assert set(minter.minted) <= set(looks_like_pseudonym(text))


def year(text: str, layout: str) -> int:
    """Read a date in exactly this layout."""
    return datetime.strptime(f"{text} +0000", f"{layout} %z").year


@given(st.integers(0, 10**6))
def test_syntactic_type_is_kept(seed: int) -> None:
    """An address stays an address, a date a date in its layout, a phone number a phone number."""
    minter = Minter(seed.to_bytes(32))
    assert re.fullmatch(r"user-[a-z]{10}@example\.com", minter.pseudonym("EMAIL_ADDRESS", "a@b.de"))
    assert re.fullmatch(r"\+999\d{12}", minter.pseudonym("PHONE_NUMBER", "(512) 555-0142"))
    assert year(minter.pseudonym("DATE", "2026-02-03"), "%Y-%m-%d") >= 3000
    assert datetime.strptime(minter.pseudonym("DATE", "2026-02-03T10:00:00Z"), "%Y-%m-%dT%H:%M:%S%z").year >= 6000
    assert year(minter.pseudonym("DATE", "14.02.1990"), "%d.%m.%Y") >= 3000
    assert year(minter.pseudonym("DATE_OF_BIRTH", "March 3, 1931"), "%B %d, %Y") >= 3000
    assert ipaddress.ip_address(minter.pseudonym("IP_ADDRESS", "10.0.0.1")).is_reserved
    assert ipaddress.ip_address(minter.pseudonym("IP_ADDRESS", "fe80::1")) in ipaddress.ip_network("2001:db8::/32")
    assert uuid.UUID(minter.pseudonym("DEVICE_ID", "123e4567-e89b-12d3-a456-426614174000")).version == 8
    mac = minter.pseudonym("DEVICE_ID", "AA:BB:CC:DD:EE:FF")
    assert int(mac[:2], 16) & 0b11 == 0b10
    assert minter.pseudonym("URL", "https://a.de/x?y=1").startswith("https://example.org/r/")
