"""Numbers and addresses of realistic surrogates: valid in form, and in a range that is reserved or impossible."""

from __future__ import annotations

import ipaddress
import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.deidentification.operators import realistic
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.findings import SegmentFindings
from proxy.core.search.digit_runs import luhn

KEYS = st.binary(min_size=32, max_size=32)
#: The language of a text, a number in it, its country, and the reserved ones of that country.
PHONES = [
    ("en", "+1 (212) 867-5309", "US", r"\+1\d{3}55501\d\d"), ("en", "212-867-5309", "US", r"\+1\d{3}55501\d\d"),
    ("en-GB", "020 7946 0018", "GB", r"\+447700900\d{3}"), ("", "+44 20 7946 0018", "GB", r"\+447700900\d{3}"),
    ("de", "0170 1234567", "DE", r"\+493023125\d{3}"), ("", "0049 170 1234567", "DE", r"\+493023125\d{3}"),
    ("fr", "06 12 34 56 78", "FR", r"\+3319900\d{4}"), ("", "+33612345678", "FR", r"\+3319900\d{4}"),
    ("en-AU", "0412 345 678", "AU", r"\+6125550\d{4}"), ("", "+61 412 345 678", "AU", r"\+6125550\d{4}"),
    ("en-IE", "01 804 9600", "IE", r"\+3532091\d{5}"), ("", "+353 1 804 9600", "IE", r"\+3532091\d{5}"),
    ("sv", "070-123 45 67", "SE", r"\+46701740(?:60[5-9]|6[1-9]\d)"),
    ("", "+46 8 123 45 67", "SE", r"\+46701740(?:60[5-9]|6[1-9]\d)"),
    ("pl", "+48 601 234 567", "PL", r"\+999\d{12}"), ("it", "+39 06 1234567", "IT", r"\+999\d{12}"),
]  # fmt: skip
IBANS = (
    "DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19", "NL91 ABNA 0417 1643 00", "FR1420041010050500013M02606",
    "ES91 2100 0418 4502 0005 1332", "IT60X0542811101000000123456", "PL61 1090 1014 0000 0712 1981 2874",
    "IE29AIBK93115212345678", "MT84MALT011000012345MTLCAST001S", "PT50 0002 0123 1234 5678 9015 4",
)  # fmt: skip


def surrogate(kind, value, key, language=""):
    minter = Minter(key)
    minter.segment = SegmentFindings(language=language)
    new = realistic(kind, value, minter)
    assert minter.minted[new] == value
    return new


@pytest.mark.parametrize(("language", "value", "country", "reserved"), PHONES)
@given(key=KEYS)
def test_a_telephone_number_is_in_the_range_of_its_country(language, value, country, reserved, key):
    new = surrogate("PHONE_NUMBER", value, key, language)
    assert re.match(r"\+|00", new) or not re.match(r"\+|00", value)
    called = (
        "+" + re.sub(r"\D", "", new)
        if "999" in reserved
        else phonenumbers.format_number(
            phonenumbers.parse(re.sub(r"^00", "+", new), country), phonenumbers.PhoneNumberFormat.E164
        )
    )
    assert re.fullmatch(reserved, called), new


@pytest.mark.parametrize("value", IBANS)
@given(key=KEYS)
def test_an_account_is_valid_in_form_and_of_no_bank(value, key):
    new = surrogate("IBAN", value, key)
    assert re.sub("[A-Z]", "A", re.sub(r"\d", "0", new)) == re.sub("[A-Z]", "A", re.sub(r"\d", "0", value))
    bare = new.replace(" ", "")
    assert bare[:2] == value[:2]
    assert re.fullmatch("[0Z]{8}", bare[4:12])
    assert int("".join(str(int(character, 36)) for character in bare[4:] + bare[:4])) % 97 == 1


@pytest.mark.parametrize("value", ["4111 1111 1111 1111", "378282246310005", "5500-0000-0000-0004"])
@given(key=KEYS)
def test_a_card_is_valid_and_of_no_issuer(value, key):
    new = surrogate("CREDIT_CARD", value, key)
    assert re.sub(r"\d", "0", new) == re.sub(r"\d", "0", value)
    assert new.startswith("999")
    assert luhn(re.sub(r"\D", "", new))


@given(KEYS)
def test_addresses_are_reserved(key):
    assert surrogate("EMAIL_ADDRESS", "anna@firma.de", key).endswith("@example.com")
    assert surrogate("URL", "https://firma.de/anna", key).startswith("https://example.org/")
    assert ipaddress.ip_address(surrogate("IP_ADDRESS", "10.1.2.3", key)).is_reserved
    documented = ipaddress.ip_network("2001:db8::/32")
    assert ipaddress.ip_address(surrogate("IP_ADDRESS", "2a00:1450::1", key)) in documented


@pytest.mark.parametrize(("kind", "value"), [
    ("NATIONAL_ID", "12345678Z"), ("US_SSN", "536-90-4399"), ("POSTAL_CODE", "10115"), ("STREET_ADDRESS", "Hauptstr. 12"),
])  # fmt: skip
@given(key=KEYS)
def test_what_has_no_such_range_has_tokens(kind, value, key):
    assert re.fullmatch(r"[A-Za-z]+_[A-Z]{10}", surrogate(kind, value, key))


def test_beyond_a_range_there_are_tokens():
    minter = Minter(b"k" * 32)
    values = [f"+46 70 {number:07d}" for number in range(150)]
    sent = [realistic("PHONE_NUMBER", value, minter) for value in values]
    assert len(set(sent)) == len(values)
    assert [minter.minted[new] for new in sent] == values
    assert 0 < sum(new.startswith("+999") for new in sent) < 150
