"""Vectors of 45 CFR 164.514(b)(2), PCI DSS 3.4.1 and pseudonymisation: what must stay, what must go."""

from __future__ import annotations

import re

import pytest

from proxy.core.deidentification.deidentify import apply_profile, deidentified
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform_plan import TransformTerms
from proxy.core.findings import Finding
from proxy.core.replies.restore import Restorer

KINDS = {"PERSON": "direct"}

# text with [TYPE|value] marking what detection delivers; what must be in the result (| = or); what must not
SAFE_HARBOR = [
    ("Lives in ZIP [ZIP_CODE|90210].", ["902"], ["90210"]),
    ("Lives in ZIP 90210.", ["902"], ["90210"]),
    ("Lives in ZIP [ZIP_CODE|20301-1155].", ["000"], ["20301", "203", "1155"]),
    ("Lives in ZIP 20301-1155.", ["000"], ["20301", "203", "1155"]),
    ("ZIP 83011", ["000"], ["830"]),
    ("Keene, NH 03431", ["NH", "034"], ["Keene", "03431"]),
    ("Age 90.", ["90+|90 or older"], []),
    ("Age [AGE|89].", ["89"], []),
    ("A [AGE|97]-year-old man", ["90+"], ["97"]),
    ("A ninety-three-year-old man", ["90+"], ["three"]),
    ("Robert is [DATE|91 years old]", ["90+"], ["91"]),
    ("DOB 03/12/1931, seen in 2026.", ["2026"], ["03/12", "1931"]),
    ("DOB [DATE|03/12/1931], seen in 2026.", ["2026"], ["03/12", "1931"]),
    ("Born in 1931 in Ohio", ["Ohio"], ["1931"]),
    ("DOB [DATE_OF_BIRTH|03/12/1980]", ["1980"], ["03/12"]),
    ("Admitted 2026-02-03, discharged 2026-02-09.", ["2026"], ["02-03", "02-09"]),
    ("Seen March 3rd, 2025 and on Tuesday, again in June", ["2025"], ["March", "3rd", "Tuesday", "June"]),
    ("Fell in the winter of 2024", ["2024"], ["winter"]),
    ("Seen [DATE|last week] for [DATE|three weeks]", ["three weeks"], []),
    ("SSN ending 6789", [], ["6789"]),
    ("the last four digits of his SSN are 6789", [], ["6789"]),
    ("SSN xxx-xx-6789, card ending in 4242", [], ["6789", "4242"]),
    ("From Springfield, Hampden County, MA", ["MA"], ["Springfield", "Hampden"]),
    ("From [LOCATION|Springfield, Hampden County, MA]", ["MA"], ["Springfield", "Hampden"]),
    ("Lives at [STREET_ADDRESS|12 Main St, Keene, NH 03431]", ["NH", "034"], ["Main", "Keene", "03431"]),
    ("His employer Acme Forge and wife Jane Miller called.", ["called"], ["Jane Miller", "Acme Forge"]),
    ("works at Initech; son Tim at Lincoln Elementary School", [], ["Initech", "Tim", "Lincoln"]),
    ("treated at St. Mary's Hospital", ["treated"], ["Mary"]),
    ("[PERSON|Robert Miller] (R.M.) came; pt RM is well, says Miller", ["well"], ["Miller", "R.M.", "RM"]),
    ("[DEVICE_ID|SN-12345] [VEHICLE_ID|ABC-123] [URL|https://x.org/p] [IP_ADDRESS|10.1.2.3]", [], ["12345", "ABC", "x.org", "10.1"]),
    ("[HEALTH_PLAN_ID|1EG4-TE5-MK73] [BANK_ACCOUNT|DE89370400440532013000] [BIOMETRIC_ID|retina 7]", [], ["1EG4", "DE89", "retina"]),
    ("[HEALTH_CONDITION|type 2 diabetes], BP 120/80, pain 7/10", ["type 2 diabetes", "120/80", "7/10"], []),
]  # fmt: skip
LIMITED = [
    (
        "[PERSON|Robert Miller], [AGE|91], of [LOCATION|Keene], NH [ZIP_CODE|03431], admitted [DATE|02/03/2026]",
        ["91", "Keene", "NH", "03431", "02/03/2026"],
        ["Robert", "Miller"],
    ),
    ("[STREET_ADDRESS|12 Main St], [PHONE_NUMBER|603-555-0142], [US_SSN|212-45-6789]", [], ["Main", "0142", "6789"]),
    (
        "[EMAIL_ADDRESS|a@b.de] [IP_ADDRESS|10.1.2.3] [MEDICAL_RECORD_NUMBER|00482913]",
        [],
        ["a@b.de", "10.1", "00482913"],
    ),
]
PCI = [
    ("[CREDIT_CARD|4111 1111 1111 1111]", ["1111"], ["4111 1111 1111 1111", "4111111111111111"]),
    ("[CREDIT_CARD|4111 1111 1111 1111], again 4111111111111111", ["411111******1111"], ["4111111111111111"]),
    ("PAN [CREDIT_CARD|4111111111111111] CVV [CVV|737] for [PERSON|Dana Cruz]", ["Dana Cruz"], ["737"]),
]
CASES = [
    *(("hipaa_safe_harbor", *case) for case in SAFE_HARBOR),
    *(("hipaa_limited_data_set", *case) for case in LIMITED),
    *((name, *case) for name in ("pci", "pci_mask") for case in PCI),
]


def read(marked: str) -> tuple[str, list[Finding]]:
    text, findings = "", []
    while "[" in marked:
        before, rest = marked.split("[", 1)
        inside, marked = rest.split("]", 1)
        entity_type, value = inside.split("|")
        text += before
        findings.append(Finding(entity_type, len(text), len(text) + len(value), 0.9, "test"))
        text += value
    return text + marked, findings


def stands_in(text: str, result: str) -> bool:
    """Whether a text occurs; a short one as a word, since random codes may hold its letters by chance."""
    return text in result if len(text) > 4 else re.search(rf"(?<!\w){re.escape(text)}(?!\w)", result) is not None


@pytest.mark.parametrize(("profile", "marked", "present", "absent"), CASES)
def test_profile(profile: str, marked: str, present: list[str], absent: list[str]) -> None:
    text, findings = read(marked)
    result = apply_profile(text, findings, profile, Minter(b"k" * 32), terms=TransformTerms(year=2026))
    assert all(any(one in result for one in wanted.split("|")) for wanted in present), result
    assert not [unwanted for unwanted in absent if stands_in(unwanted, result)], result


def test_same_person_same_pseudonym_and_another_in_another_scope() -> None:
    text, findings = read("[PERSON|Maria Schmidt] called. [PERSON|Maria Schmidt] will call again.")
    one = apply_profile(text, findings, "pseudonymize", Minter(b"k" * 32), KINDS)
    first, second = one.split(" called. ")
    assert second == f"{first} will call again."
    assert "Maria" not in one
    assert apply_profile(text, findings, "pseudonymize", Minter(b"o" * 32), KINDS) != one


def test_restored_across_three_chunks() -> None:
    text, findings = read("[PERSON|Maria Schmidt] called.")
    changed = deidentified(text, findings, "pseudonymize", Minter(b"k" * 32), KINDS)
    reply = f"Dear {changed.texts[0].removesuffix(' called.')}, your invoice"
    restorer = Restorer(changed.pseudonyms)
    chunks = (reply[:9], reply[9:22], reply[22:])
    assert "".join(map(restorer.feed, chunks)) + restorer.flush() == "Dear Maria Schmidt, your invoice"


def test_unknown_profile_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        apply_profile("x", [], "none_such", Minter(b"k" * 32))
