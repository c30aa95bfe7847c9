from __future__ import annotations

import pytest

from proxy.core.deidentification.operators import redact
from proxy.core.deidentification.profiles import LEAST_STRICT, PROFILES, profile
from proxy.core.deidentification.pseudonyms import Minter

MINTER = Minter(b"k" * 32)


def apply(name: str, entity_type: str, value: str, kind: str = "", year: int = 2026) -> str:
    return profile(name, year).operator(entity_type, kind)(entity_type, value, MINTER)


@pytest.mark.parametrize(
    ("entity_type", "value", "year", "expected"),
    [
        ("DATE", "3 February 2026", 2026, "2026"),
        ("DATE", "between 2019 and 2021", 2026, "2019-2021"),
        ("DATE", "tomorrow", 2026, "[DATE]"),
        ("DATE", "three weeks", 2026, "three weeks"),
        ("DATE", "91 years", 2026, "90+ years"),
        ("DATE", "1931", 2026, "[DATE]"),
        ("DATE_OF_BIRTH", "1937", 2026, "1937"),
        ("DATE_OF_BIRTH", "1936", 2026, "[DATE_OF_BIRTH]"),
        ("DATE_OF_BIRTH", "1980", 0, "[DATE_OF_BIRTH]"),
        ("AGE", "89", 2026, "89"),
        ("AGE", "90", 2026, "90+"),
        ("AGE", "aged 104", 2026, "aged 90+"),
        ("STREET_ADDRESS", "12 Main St, Keene, NH 03601", 2026, "[STREET_ADDRESS], NH, 000"),
        ("STREET_ADDRESS", "12 Main St", 2026, "[STREET_ADDRESS]"),
    ],
)
def test_safe_harbor_values(entity_type: str, value: str, year: int, expected: str) -> None:
    assert apply("hipaa_safe_harbor", entity_type, value, year=year) == expected


def test_types_without_a_rule_go_by_kind_and_unknown_kinds_go() -> None:
    safe = profile("hipaa_safe_harbor")
    assert safe.operator("NEW_ID", "") is redact
    assert safe.operator("NEW_ID", "quasi") is redact
    assert not safe.removes("NEW_ATTRIBUTE", "attr")
    assert profile("hipaa_limited_data_set").operator("NEW_ID", "govid") is redact
    assert not profile("pci").removes("PERSON", "direct")
    assert profile("pci").removes("STORE_CARD", "pan")


def test_strictness_orders_operators() -> None:
    safe = profile("hipaa_safe_harbor")
    order = [safe.strictness(t, "") for t in ("US_SSN", "PERSON", "DATE_OF_BIRTH", "DATE", "MEDICATION")]
    assert order == sorted(order)
    assert order[-1] == LEAST_STRICT


def test_every_profile_has_its_name() -> None:
    assert {profile(name).name for name in PROFILES} <= set(PROFILES)
