from __future__ import annotations

import pytest

from proxy.core.targets import regions
from proxy.core.targets.regions import _CODES, GLOBAL, ExpectedOrigin, covered, exists, region_code


@pytest.mark.parametrize("code", ["DE", "US", "US-CA", "CA-QC", "GB-SCT", "RE", "DE-BY", "FR-75"])
def test_codes_that_exist(code):
    assert exists(code)


@pytest.mark.parametrize(
    "code", ["", "AQ", "BV", "ZZ", "XX", "EU", "UK", "AA", "US-ZZ", "CA-XX", "AQ-01", "GB-XXX", "-QC"]
)
def test_codes_that_nobody_lives_under(code):
    assert not exists(code)


def test_a_country_covers_its_parts_and_a_part_only_itself():
    assert covered("DE-BY", ("DE",))
    assert covered("DE", ("*",))
    assert covered("CA-QC", ("CA-QC",))
    assert not covered("CA", ("CA-QC",))
    assert not covered("CA-ON", ("CA-QC",))
    assert not covered("DE", ())


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Sweden Central", "SE"), ("westeurope", "NL"), ("East US 2", "US"), ("eu-central-1", "DE"), ("eu-central-2", "CH"),
        ("europe-west1", "BE"), ("us", "US"), ("DE", "DE"), ("de", "DE"), ("Global", GLOBAL), ("eu", ""), ("", ""),
        ("Mars North", ""), ("me-central-1", ""),
    ],
)  # fmt: skip
def test_where_a_providers_region_lies(name, code):
    assert region_code(name) == code


def test_every_region_lies_in_a_country_that_exists():
    assert all(regions.exists(code) for code in _CODES.values())


@pytest.mark.parametrize(
    ("registered", "name", "misplaced"),
    [
        ({"SE"}, "Sweden Central", False),
        ({"SE", "IE"}, "northeurope", False),
        ({"IE"}, "Sweden Central", True),
        ({"US-CA"}, "us", False),
        ({"US"}, "US-CA", False),
        ({"IE"}, "global", True),
        ({"IE"}, "a name of nobody", False),
        (None, "us", False),
        (set(), "us", True),
    ],
)
def test_a_region_that_is_not_registered_is_told(registered, name, misplaced):
    assert ExpectedOrigin(regions=None if registered is None else frozenset(registered)).misplaced(name) is misplaced


def test_a_global_deployment_may_say_so():
    assert not ExpectedOrigin(regions=frozenset({"US"}), anywhere=True).misplaced("global")


def test_the_catalog_may_say_where_a_name_lies():
    assert ExpectedOrigin(regions=frozenset({"IE"}), places={"north": "NO"}).misplaced("north")
