from __future__ import annotations

import pytest

from proxy.core.findings import Finding
from proxy.detection.text.numbers import is_other_number


@pytest.mark.parametrize(
    ("text", "value", "kind", "other"),
    [
        ("EAN: 4006381333931", "4006381333931", "NATIONAL_ID", True),
        ("PESEL 44051401359", "44051401359", "NATIONAL_ID", False),
        ('ObjectIdentifier("2.16.840.1.101.3.4.2.1")', "1.101.3.4", "IP_ADDRESS", True),
        ('ObjectIdentifier("2.16.840.1.101.3.4.2.1")', "2.16.840.1", "IP_ADDRESS", True),
        ("from 84.151.22.19 at", "84.151.22.19", "IP_ADDRESS", False),
        ('"ts":1764600411.2213,', "1764600411.2213", "BANK_ACCOUNT", True),
        ("account 1764600411.0 is", "1764600411.0", "BANK_ACCOUNT", False),
        ("(cost=229.20..229.20 rows=1)", "229.20..229.20", "IP_ADDRESS", True),
        ("0.0  0.0  25548 12620 ?", "25548 12620", "BANK_ACCOUNT", True),
        ("at 10:30 0711 123456", "0711 123456", "PHONE_NUMBER", False),
        ("call 34512.778899", "34512.778899", "PHONE_NUMBER", False),
        ("    (65024, 65039, 0),\n    (65281, 65376, 2),\n]", "65376", "PHONE_NUMBER", True),
        ("    (65024, 65039, 0),\n    (65281, 65376, 2),\n]", "65024", "PHONE_NUMBER", True),
        ("[43010, 43010]\n[43014, 43014]", "43010, 43010", "FAX_NUMBER", True),
        ("1, 65376\nextension of the ward, 2", "65376", "PHONE_NUMBER", False),
        ("4, 0231456789\n5, 0231456781", "0231456781", "PHONE_NUMBER", False),
        ("123456\n234567", "234567", "PHONE_NUMBER", False),
    ],
)
def test_numbers_of_other_things(text: str, value: str, kind: str, other: bool) -> None:
    start = text.index(value)
    assert is_other_number(text, Finding(kind, start, start + len(value), 0.9, "classifier")) is other
