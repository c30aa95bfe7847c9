from __future__ import annotations

import pytest

from proxy.core.targets.regions import covered, exists


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
