"""A data document gets the law that it leaves out, and indexes of what it has."""

from __future__ import annotations

import copy

from proxy.core.decision.lawbook import completed

LEGAL = {
    "regions": {"EEA": {"members": ["DE", "FR"], "territories": {"RE": "FR"}}, "US": {"members": ["US"]}},
    "regimes": {"GDPR": {"scope": ["EEA"]}, "LGPD": {"scope": ["BR"]}},
    "adequacy": {
        "eu": [{"code": "US", "scope": "full"}, {"org": "EPO", "scope": "organisation"}],
        "br": [{"code": "EEA", "scope": "full"}],
    },
}


def test_a_document_without_law_has_the_library_s():
    whole = completed({"tenants": {}}, LEGAL)
    assert whole["regimes"] == LEGAL["regimes"]
    assert whole["scopes"] == {"DE": ["GDPR"], "FR": ["GDPR"], "RE": ["GDPR"], "BR": ["LGPD"]}
    assert whole["recipients"] == {
        "eu": {"US": [LEGAL["adequacy"]["eu"][0]], "organisations": [LEGAL["adequacy"]["eu"][1]]},
        "br": dict.fromkeys(("DE", "FR", "RE"), LEGAL["adequacy"]["br"]),
    }


def test_a_law_and_a_list_of_the_document_stand_in_place_of_the_library_s():
    law, decisions = {"scope": ["FR", "KZ"]}, [{"code": "GB", "scope": "full"}]
    whole = completed({"regimes": {"GDPR": law}, "adequacy": {"eu": decisions}}, LEGAL)
    assert whole["scopes"] == {"FR": ["GDPR"], "KZ": ["GDPR"], "BR": ["LGPD"]}
    assert whole["adequacy"] == {**LEGAL["adequacy"], "eu": decisions}
    assert set(whole["recipients"]["eu"]) == {"GB"}
    assert set(whole["recipients"]["br"]) == {"DE", "FR", "RE"}


def test_lists_of_targets_are_instruments():
    mechanism = {"type": "filed", "targets": ["a"], "expires": "2027-01-01"}
    tenants = {"one": {"qc_pia": ["a"], "br_scc": [], "cn_mechanism": mechanism}, "two": {"qc_pia": []}}
    assert completed({"tenants": tenants}, {})["filed"] == {
        "one": [
            {"kind": "qc_pia", "targets": ["a"], "status": "signed"},
            {
                "kind": "cn_mechanism",
                "targets": ["a"],
                "status": "signed",
                "expires": "2027-01-01",
                "decision": "filed",
            },
        ]
    }


def test_completing_twice_changes_nothing_and_never_the_document():
    document = {"tenants": {"one": {"qc_pia": ["a"]}}, "regimes": {"GDPR": {"scope": ["EEA"]}}}
    before = copy.deepcopy(document)
    once = completed(document, LEGAL)
    assert completed(once, LEGAL) == once
    assert document == before


def test_a_document_of_no_law_stays_without():
    assert completed({"targets": {}}, {}) == {"targets": {}}
