from __future__ import annotations

import pytest

from proxy.detection.patterns.recognizers import PATTERNS
from testing import models, sampling

pytestmark = pytest.mark.heavy


SCANNER = models.scanner()
NATIONAL = [p for p in PATTERNS if p.country and p.entity_type in {"NATIONAL_ID", "US_SSN", "US_ITIN"}]
CHECKED = [p for p in NATIONAL if p.check is not None and p.boosted > 0.9 and not p.name.endswith("_grouped")]
#: Numbers whose authorities gave them a structure, but no (or no longer a) check digit.
UNCHECKED = {
    "lv_pk", "lv_pk_bare", "us_ssn", "us_ssn_spaced", "us_ssn_bare", "us_itin", "in_pan", "mx_rfc", "my_nric", "id_nik", "sk_rc", "cz_rc", "dk_cpr",
    "dk_cpr_bare", "fr_cni", "pk_cnic",
}  # fmt: skip
EXPECTED_COUNTRIES = {
    "AT", "BE", "BG", "HR", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL",
    "PT", "RO", "SE", "SI", "SK", "GB", "CH", "NO", "US", "CA", "BR", "IN", "AU",
}  # fmt: skip


def covered(text: str, value: str) -> bool:
    start = text.index(value)
    marks = bytearray(len(text))
    for finding in SCANNER.scan(text):
        marks[finding.start : finding.end] = b"\1" * (finding.end - finding.start)
    return all(marks[start : start + len(value)])


def test_every_promised_country_is_there():
    assert {p.country for p in NATIONAL} >= EXPECTED_COUNTRIES


@pytest.mark.parametrize("pattern", CHECKED, ids=lambda p: p.name)
def test_valid_numbers_are_found_beside_their_word(pattern):
    values = sampling.valid(pattern, 8)
    assert len(values) == 8
    missed = [
        v
        for v in values
        for text in (f"{_word(pattern)}: {v}.", f'{{"{_word(pattern)}": "{v}"}}')
        if not covered(text, v)
    ]
    assert missed == []


@pytest.mark.parametrize("pattern", [p for p in CHECKED if p.name not in UNCHECKED], ids=lambda p: p.name)
def test_a_wrong_check_digit_is_not_accepted(pattern):
    wrong = 0
    for value in sampling.valid(pattern, 6):
        digits = [i for i, c in enumerate(value) if c.isdigit()]
        for place in digits[-3:]:
            changed = value[:place] + str((int(value[place]) + 1) % 10) + value[place + 1 :]
            wrong += pattern.check(changed) == len(changed)
    assert wrong <= 4


def _word(pattern) -> str:
    return max((p for p in pattern.words.phrases if p not in {"id", "identity"}), key=len)
