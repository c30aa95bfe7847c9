from __future__ import annotations

from proxy.core.findings import Finding
from proxy.detection.meaning.regions import hints
from testing import models


def test_identifiers_accounts_and_telephones_hint_at_countries():
    text = "PESEL 44051401359, IBAN DE89370400440532013000, tel. +33 1 42 68 53 00"
    assert dict(hints(text, models.scanner().scan(text))) == {"DE": 0.7, "FR": 0.6, "PL": 0.9}


def test_a_country_named_in_the_text_hints_too():
    assert hints("Österreich", [Finding("LOCATION", 0, 10, 0.9, "spacy")]) == (("AT", 0.5),)


def test_no_hint_without_findings():
    assert hints("nothing", ()) == ()
