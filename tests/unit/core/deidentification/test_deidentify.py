from __future__ import annotations

from proxy.core.deidentification.deidentify import deidentified
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.findings import Finding


def test_structured_form_tells_what_was_done() -> None:
    text = "SSN 212-45-6789"
    changed = deidentified(text, [Finding("US_SSN", 4, 15, 0.9, "t")], "redact", Minter(b"k" * 32))
    assert changed.texts == {0: "SSN [US_SSN]"}
    assert changed.removed == ("212-45-6789",)
    assert changed.remarks[0].operator == "redact"


def test_text_without_findings_stays() -> None:
    assert not deidentified("hello", [], "pseudonymize", Minter(b"k" * 32)).texts
