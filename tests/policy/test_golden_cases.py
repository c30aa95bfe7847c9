from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import jsonschema

from testing import contracts

_SPEC = importlib.util.spec_from_file_location("policy_harness", Path(__file__).with_name("harness.py"))
assert _SPEC
assert _SPEC.loader
harness = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(harness)


def test_every_published_case_passes(golden, decided, note):
    failing = {
        case["id"]: wrong
        for case, decision in zip(golden, decided, strict=True)
        if (wrong := harness.differences(case["expect"], decision))
    }
    note(f"published decision cases: {len(golden) - len(failing)} of {len(golden)} cases pass")
    assert failing == {}


def test_cases_pass_with_the_shipped_legal_data(ask, document, golden):
    """The library ships its own legal tables; over the registry of the example they decide every case alike."""
    legal = json.loads((harness.POLICIES / "data" / "legal.json").read_text())
    data = {**_named(document("contracts/example_data_document.json")), **legal}
    decisions = ask({"do": "cases", "cases": golden, "data": data})["decisions"]
    assert [c["id"] for c, d in zip(golden, decisions, strict=True) if harness.differences(c["expect"], d)] == []


_CONTRACTS = ("dpa", "baa", "dua", "scc", "uk_idta", "tia", "bcr")


def _named(data, tenants=None):
    """The registry, every contract naming its parties (default: every tenant)."""
    targets = {
        name: {
            k: {**v, "tenants": list(tenants or data["tenants"])} if k in _CONTRACTS else v for k, v in entry.items()
        }
        for name, entry in data["targets"].items()
    }
    return {**data, "targets": targets}


def test_a_tenant_that_signed_nothing_inherits_no_contract(ask, document, golden):
    """By the shipped legal data a mechanism counts for the tenants it names, and for nobody where it names none."""
    legal = json.loads((harness.POLICIES / "data" / "legal.json").read_text())
    base = {**document("contracts/example_data_document.json"), **legal}
    base["tenants"] = {**base["tenants"], "newcomer": {**base["tenants"]["acme-eu"], "establishments": ["FR"]}}
    for entry in base["targets"].values():
        entry.pop("dpf", None)
    case = next(case for case in golden if case["id"] == "GC-006")
    asked = {**case["input_document"], "candidates": [{"target": "in-eta/in", "available": True}]}
    decided = {
        (tenant, how): ask(
            {"do": "cases", "cases": [{"input_document": {**asked, "tenant": {"id": tenant}}}], "data": data}
        )["decisions"][0]["targets"][0]["denials"]
        for tenant in ("acme-eu", "newcomer")
        for how, data in (("unnamed", base), ("named", _named(base, ["acme-eu"])))
    }
    assert decided == {
        ("acme-eu", "unnamed"): ["TRANSFER_NO_BASIS"],
        ("acme-eu", "named"): [],
        ("newcomer", "unnamed"): ["TRANSFER_NO_BASIS"],
        ("newcomer", "named"): ["NO_DPA", "TRANSFER_NO_BASIS"],
    }


def test_candidates_alike_are_decided_as_each_would_be_alone(ask, document, golden, decided):
    """What is worked out once for targets with the same registry entry is what each of them gets, its evidence by its name."""
    data = document("contracts/example_data_document.json")
    twins = {f"{name}-twin": entry for name, entry in data["targets"].items()}
    naming = {key: _naming_twins(data[key], data["targets"]) for key in ("tenants", "exceptions")}
    naming["exceptions"] += [{**each, "target": f"{each['target']}-twin"} for each in data["exceptions"]]
    data = {**data, **naming, "targets": {**data["targets"], **twins}}
    cases = [{**case, "input_document": _doubled(case["input_document"])} for case in golden]
    answers = ask({"do": "cases", "cases": cases, "data": data})["decisions"]
    for before, after in zip(decided, answers, strict=True):
        verdicts = {verdict["target"]: _unranked(verdict) for verdict in after["targets"]}
        for verdict in before["targets"]:
            name, twin = verdict["target"], f"{verdict['target']}-twin"
            renamed = json.dumps(_unranked(verdict)).replace(f"ev:{name}:", f"ev:{twin}:")
            assert verdicts[name] == _unranked(verdict)
            assert (twin in verdicts) == (name != "none")  # of a refused request
            assert name == "none" or verdicts[twin] == {**json.loads(renamed), "target": twin}


def test_an_instrument_for_one_of_two_that_are_alike_carries_nothing_to_the_other(ask, document, golden):
    legal = json.loads((harness.POLICIES / "data" / "legal.json").read_text())
    base = _named({**document("contracts/example_data_document.json"), **legal})
    name, twin = "in-eta/in", "in-eta/in-twin"
    clauses = {"kind": "cl_clauses", "targets": [name], "status": "signed", "signed_on": "2026-11-01"}
    tenant = {**base["tenants"]["acme-eu"], "establishments": ["CL"], "instruments": [clauses]}
    data = {
        **base,
        "as_of": "2026-12-02",
        "tenants": {"acme-eu": tenant},
        "targets": {**base["targets"], twin: base["targets"][name]},
    }
    case = next(case for case in golden if case["id"] == "GC-006")
    asked = {
        **case["input_document"],
        "time": "2026-12-02T10:00:00Z",
        "tenant": {"id": "acme-eu"},
        "ingress": {"region": "CL"},
        "data_subjects": {
            **case["input_document"]["data_subjects"],
            "regions": [{"code": "CL", "source": "declared", "confidence": 1}],
        },
        "candidates": [{"target": each, "available": True} for each in (name, twin)],
    }
    [decision] = ask({"do": "cases", "cases": [{"input_document": asked}], "data": data})["decisions"]
    denials = {verdict["target"]: verdict["denials"] for verdict in decision["targets"]}
    assert denials == {name: [], twin: ["TRANSFER_NO_BASIS"]}


def _doubled(asked):
    candidates = asked.get("candidates", [])
    return {
        **asked,
        "candidates": [{**each, "target": each["target"] + end} for each in candidates for end in ("", "-twin")],
    }


def _naming_twins(value, targets):
    if isinstance(value, dict):
        return {key: _naming_twins(item, targets) for key, item in value.items()}
    if isinstance(value, list):
        return [
            *(_naming_twins(item, targets) for item in value),
            *(f"{item}-twin" for item in value if str(item) in targets),
        ]
    return value


def _unranked(verdict):
    return {key: value for key, value in verdict.items() if key != "rank"}


def test_a_refusal_for_every_target_says_how_long_its_record_is_kept(decided):
    refused = [one for one in decided if one["targets"] and not any(verdict["permit"] for verdict in one["targets"])]
    obliged = [[duty for verdict in one["targets"] for duty in verdict["obligations"]] for one in refused]
    assert len(refused) == 3
    assert all({duty["type"] for duty in one} == {"retain"} for one in obliged)
    assert {duty["params"]["min_days"] for one in obliged for duty in one} <= {400, 2190}


def test_decisions_follow_the_contract(decided):
    schema = jsonschema.Draft202012Validator(contracts.contract("decision.schema"))
    wrong = {d["request_id"]: e.message for d in decided for e in schema.iter_errors(d)}
    assert wrong == {}


def test_codes_are_those_of_the_vocabulary(decided):
    known = contracts.contract("vocabulary")["reason_codes"].keys()
    given = {reason["code"] for d in decided for reason in d["reasons"]} | {
        c for d in decided for c in d["block_codes"]
    }
    assert given - known == set()


def test_every_denial_has_a_reason(decided):
    for decision in decided:
        named = {(reason["target"], reason["code"]) for reason in decision["reasons"] if reason["effect"] == "deny"}
        denied = {(v["target"], code) for v in decision["targets"] for code in v["denials"]}
        assert denied <= named, decision["request_id"]


def test_obligation_ids_are_unique_per_target(decided):
    for decision in decided:
        for verdict in decision["targets"]:
            ids = [duty["id"] for duty in verdict["obligations"]]
            assert len(ids) == len(set(ids)), decision["request_id"]


def test_a_difference_is_noticed(golden, decided):
    """The comparison itself can fail: a wrong expectation of each kind is reported."""
    index = next(n for n, case in enumerate(golden) if case["id"] == "GC-050")
    expect, decision = golden[index]["expect"], decided[index]
    for change in (
        {"action": "block"},
        {"selected_target": "local/uk"},
        {"permitted_targets": []},
        {"http_status": 403},
        {"denied": {"us-alpha/us": ["NO_DPA"]}},
        {"block_codes": ["NO_DPA"]},
        {"obligations_include": [{"type": "retain", "min_days": 401}]},
        {"obligations_include": [{"type": "pseudonymize", "entities": ["PASSPORT"]}]},
        {"obligations_exclude_types": ["log"]},
        {"transfer_mechanism": "eu-gdpr:A45-3"},
    ):
        assert harness.differences({**expect, **change}, decision) != [], change
