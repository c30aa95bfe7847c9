"""The laws that are data decide as they are written: permit, deny, expiry, boundary, overlap with the library's."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from proxy.catalog.load import data_document
from proxy.catalog.models import RegistryDocument
from proxy.errors import ConfigurationError
from proxy.policy.decision import grid, parties
from proxy.runtime.resources import shipped

LEGAL = json.loads((shipped("policies") / "data" / "legal.json").read_text())
DAY = "2026-12-15"
INSTRUMENT = {"targets": ["us"], "status": "signed", "signed_on": "2026-11-20"}


def target(places, **more):
    entry = {
        "provider": "house", "operator": "third_party", "deployment": "regional", "processing_regions": places,
        "storage_regions": places, "operations": ["chat"], "retention_days": 0, "training_use": False,
        "dpa": {"status": "signed"},
    }  # fmt: skip
    return {**entry, **more}


REGISTRY = {
    "as_of": "2026-12-01",
    "providers": {"house": {"legal_name": "House", "parent_country": "FR", "doj_covered_person": False}},
    "targets": {
        **{code.lower(): target([code]) for code in "US FR GB CN BR CH ZA IN KR CA-ON KZ".split()},
        "own": target(["KZ"], operator="self"),
        "nodpa": {key: value for key, value in target(["US"]).items() if key != "dpa"},
    },
    "tenants": {"acme": {"establishments": ["DE"]}},
    "activities": {"faq": {"purpose": "p", "legal_basis": "A6-1-b", "art9": "A9-2-h"}},
}


def document(origin, *instruments):
    registry = copy.deepcopy(REGISTRY)
    registry["tenants"]["acme"] = {"establishments": [origin], "us_person": False, "instruments": list(instruments)}
    return data_document(RegistryDocument.model_validate(registry), LEGAL)


def having(kind, **more):
    return {**INSTRUMENT, "kind": kind, **more}


#: A mechanism, "" or a code for a denial for want of one, nothing where nothing is a transfer.
CASES = json.loads(Path(__file__).with_name("regimes.json").read_text())


def asked(origin, to, day, categories):
    question = grid.about_people(origin)
    return {
        **question,
        "time": f"{day}T10:00:00Z",
        "activity": {"id": "faq"}, "tenant": {"id": "acme"},
        "operation": {"name": "chat", "stream": False, "stateful": False, "tools": False},
        "data_subjects": {"regions": [{"code": origin, "source": "declared", "confidence": 1.0}], "region_status": "known", "minor": "no", "restricted": False},
        "classification": {**question["classification"], "status": "complete", "coverage": 1.0, "opaque_parts": [], "categories": ["personal", *categories]},
        "candidates": [{"target": to, "rank": 0, "available": True}],
    }  # fmt: skip


def named(case):
    holds = [instrument["kind"] for instrument in case["holds"]]
    return (
        f"{case['origin']} to {case['to']} on {case['day']} with {holds} {case['categories']}: {case.get('mechanism')}"
    )


@pytest.fixture(scope="module")
def verdicts(ask):
    """The verdict of each case."""
    cases = [
        {
            "input_document": asked(*(case[key] for key in ("origin", "to", "day", "categories"))),
            "data": {"tenants": document(case["origin"], *case["holds"])["tenants"], "as_of": case["day"]},
        }
        for case in CASES
    ]
    decisions = ask({"do": "over", "cases": cases, "data": document("DE")})["decisions"]
    return [decision["targets"][0] for decision in decisions]


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: named(CASES[number]))
def test_a_law_decides_as_it_is_written(verdicts, number):
    case, verdict = CASES[number], verdicts[number]
    mechanism = case.get("mechanism")
    recorded = {each["mechanism"] for each in verdict["transfers"]}
    if mechanism is not None and mechanism == mechanism.upper():
        assert (mechanism or "TRANSFER_NO_BASIS") in verdict["denials"]
    elif verdict["permit"]:
        assert recorded == ({mechanism} if mechanism else set())
    else:
        assert (case["categories"], verdict["denials"]) == (["health"], ["SPECIAL_CATEGORY_LOCAL_ONLY"])


def test_every_law_has_a_case_and_sources():
    met = {case["regime"] for case in CASES}
    assert LEGAL["regimes"].keys() <= met
    assert [name for name, regime in LEGAL["regimes"].items() if not regime["sources"]] == []


def test_laws_intersect(ask):
    data = document("CL")
    data["tenants"]["acme"]["establishments"] = ["DE", "CL"]
    cases = [{"input_document": asked("CL", "us", DAY, [])}]
    (verdict,) = ask({"do": "cases", "cases": cases, "data": data})["decisions"][0]["targets"]
    assert not verdict["permit"]


def test_an_instrument_that_no_law_knows_is_refused():
    with pytest.raises(
        ConfigurationError, match="'cl_clause' is not an instrument of any regime; known are ae_contract"
    ):
        document("CL", having("cl_clause"))


def reviewed(until, *origins):
    registry = copy.deepcopy(REGISTRY)
    registry["tenants"]["acme"] = {"establishments": list(origins)}
    registry["reviewed_origins"] = [{"country": "KZ", "who": "Anna", "until": until, "note": "consent is asked for"}]
    return data_document(RegistryDocument.model_validate(registry), LEGAL)


@pytest.mark.parametrize(
    ("until", "day", "origins", "to", "expected"),
    [
        ("2026-12-15", "2026-12-15", ["KZ"], "us", {("UNKNOWN", "none:reviewed")}),
        ("2026-12-14", "2026-12-15", ["KZ"], "us", "LAW_UNKNOWN"),
        ("2026-12-14", "2026-12-15", ["KZ"], "own", set()),
        ("2026-12-15", "2026-12-15", ["KZ"], "own", set()),
        ("2026-12-15", "2026-12-15", ["DE", "KZ"], "fr", {("UNKNOWN", "none:reviewed")}),
        ("2026-12-15", "2026-12-15", ["DE", "KZ"], "us", "TRANSFER_NO_BASIS"),
        ("2026-12-14", "2026-12-15", ["DE", "KZ"], "fr", "LAW_UNKNOWN"),
        ("2026-12-15", "2026-12-15", ["DE", "KZ"], "gb", {("GDPR", "eu-gdpr:A45-3"), ("UNKNOWN", "none:reviewed")}),
        ("2026-12-15", "2026-12-15", ["DE", "KZ"], "own", "RESIDENCY_VIOLATION"),
    ],
)
def test_content_of_an_unknown_law_leaves_after_a_review_alone(ask, until, day, origins, to, expected):
    case = {"input_document": asked("KZ", to, day, [])}
    (answer,) = ask({"do": "cases", "cases": [case], "data": reviewed(until, *origins)})["decisions"]
    (verdict,) = answer["targets"]
    if isinstance(expected, str):
        assert expected in verdict["denials"]
    else:
        recorded = {(each["regime"], each["mechanism"]) for each in verdict["transfers"]}
        duties = {duty["type"] for duty in verdict["obligations"]}
        assert (verdict["permit"], recorded, "record_transfer" in duties) == (True, expected, bool(expected))


def test_an_establishment_of_which_no_law_is_known_is_warned_of():
    (warning,) = parties.lawless(document("KZ"))
    assert warning.startswith("tenants.acme.establishments: no law of KZ is known or reviewed")
    assert ["until 2026-12-15" in each for each in parties.lawless(reviewed("2026-12-15", "KZ"))] == [True]
    assert [
        code for code in ("DE", "GB", "CL", "CA-QC", "CA-ON", "US-CA", "RE") if list(parties.lawless(document(code)))
    ] == []
    assert list(parties.lawless(document("AE"))) != []


def test_a_law_of_nowhere_needs_data_alone(ask):
    """A fictitious law with a list, a contract, a gate, a restricted place and content that stays at home."""
    law = {
        "name": "Act", "scope": ["KZ"], "home": ["KZ"], "from": "2026-01-01", "mode": "enforce", "citation": ["Act s. 1"],
        "gates": ["consent"], "sensitive": ["genetic"], "restricted": ["CN"], "localised": ["genetic"],
        "ladder": [{"mechanism": "kz-act:list", "list": "kz"}, {"mechanism": "kz-act:contract", "needs": ["kz_contract"]}],
        "sources": [{"mark": "open", "title": "fictitious", "checked": "2026-01-01"}],
    }  # fmt: skip
    legal = {
        **LEGAL,
        "regimes": {**LEGAL["regimes"], "KZACT": law},
        "adequacy": {**LEGAL["adequacy"], "kz": [{"code": "EEA", "scope": "full", "from": "2026-01-01"}]},
    }
    registry = copy.deepcopy(REGISTRY)
    contract = having("kz_contract", targets=["us", "cn"])
    registry["tenants"]["acme"] = {"establishments": ["KZ"], "instruments": [contract]}
    registry["activities"]["faq"]["legal_basis"] = "A6-1-a"
    data = data_document(RegistryDocument.model_validate(registry), legal)
    withdrawn = asked("KZ", "fr", DAY, [])
    withdrawn["activity"] = {"id": "faq", "consent": {"status": "withdrawn"}}
    inputs = [asked("KZ", to, DAY, []) for to in ("fr", "us", "cn", "in")] + [
        asked("KZ", "fr", DAY, ["genetic"]),
        withdrawn,
    ]
    cases = [{"input_document": each} for each in inputs]
    decisions = ask({"do": "cases", "cases": cases, "data": data})["decisions"]
    carried = [[*(each["mechanism"] for each in answer["targets"][0]["transfers"])] for answer in decisions[:5]]
    assert carried == [["kz-act:list"], ["kz-act:contract"], [], [], []]
    assert "LOCALISATION" in decisions[4]["targets"][0]["denials"]
    assert decisions[5]["block_codes"] == ["CONSENT_WITHDRAWN"]
    questions = [q for q in grid.questions(data, f"{DAY}T10:00:00Z") if q["data_subjects"]["regions"]]
    assert {q["phase"] for q in questions if q["data_subjects"]["regions"][0]["code"] == "KZ"} >= {
        "request",
        "response",
    }


@pytest.mark.parametrize(("day", "refused"), [("2026-12-01", False), ("2026-12-02", True)])
def test_imagery_of_abuse_is_a_prohibited_practice_from_its_day(ask, day, refused):
    registry = copy.deepcopy(REGISTRY)
    registry["activities"]["faq"]["ai_practices"] = ["child_abuse_imagery"]
    data = {**data_document(RegistryDocument.model_validate(registry), LEGAL), "as_of": day}
    decision = ask({"do": "cases", "cases": [{"input_document": asked("DE", "fr", day, [])}], "data": data})[
        "decisions"
    ][0]
    assert ("AI_ACT_PROHIBITED" in decision["block_codes"]) is refused


def test_a_practice_that_the_law_does_not_list_is_refused():
    registry = copy.deepcopy(REGISTRY)
    registry["activities"]["faq"]["ai_practices"] = ["scoring"]
    with pytest.raises(
        ConfigurationError, match=r"activities\.faq\.ai_practices: unknown practice 'scoring'; known are "
    ):
        data_document(RegistryDocument.model_validate(registry), LEGAL)
