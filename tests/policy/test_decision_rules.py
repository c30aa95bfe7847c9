from __future__ import annotations

import importlib.util
from pathlib import Path

import jsonschema
import pytest

from testing import contracts

_SPEC = importlib.util.spec_from_file_location("decision_rules", Path(__file__).with_name("decision_rules.py"))
assert _SPEC
assert _SPEC.loader
rules = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(rules)
CASES = {case["name"]: case for case in rules.CASES}


@pytest.fixture(scope="module")
def made(ask, document):
    asked = [
        {
            "input_document": rules.document(case["input"]),
            "data_overrides": {"merge": case["data"]} if case["data"] else {},
        }
        for case in CASES.values()
    ]
    data = document("contracts/example_data_document.json")
    return dict(zip(CASES, ask({"do": "cases", "cases": asked, "data": data})["decisions"], strict=True))


def observed(decision):
    targets = sorted(decision["targets"], key=lambda verdict: verdict["rank"])
    duties = [
        duty
        for verdict in targets
        for duty in verdict["obligations"]
        if decision["selected_target"] in {None, verdict["target"]}
    ]
    return {
        "permitted": [verdict["target"] for verdict in targets if verdict["permit"]],
        "denied": {verdict["target"]: sorted(verdict["denials"]) for verdict in targets if not verdict["permit"]},
        "codes": decision["block_codes"],
        "status": decision["http_status"],
        "action": decision["action"],
        "mechanisms": [crossing["mechanism"] for verdict in targets for crossing in verdict["transfers"]],
        "min_days": max([duty["params"]["min_days"] for duty in duties if duty["type"] == "retain"], default=0),
    }, {duty["type"] for duty in duties}


def test_there_are_many_and_each_is_another():
    assert len(CASES) == len(rules.CASES) > 80


def test_every_question_follows_the_contract():
    validator = jsonschema.Draft202012Validator(contracts.contract("input.schema"))
    assert {
        name: error.message
        for name, case in CASES.items()
        for error in validator.iter_errors(rules.document(case["input"]))
    } == {}


@pytest.mark.parametrize("name", CASES)
def test_clause(made, name):
    expect = dict(CASES[name]["expect"])
    wanted, unwanted = set(expect.pop("duties", ())), set(expect.pop("without", ()))
    seen, duties = observed(made[name])
    assert {key: seen[key] for key in expect} == expect
    assert wanted <= duties
    assert not unwanted & duties
