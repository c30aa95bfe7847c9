package compliance.rules.obligations.log_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

cases := {
	"always": {"input": {"candidates": f.to(["local"]), "classification": {"entities": [], "categories": []}}, "expect": {"duties": {"local": always}}},
	"unsupported": {"input": {"candidates": f.to(["local"]), "pep": {"obligations_supported": ["retain"]}}, "expect": {"denials": {"local": {"OBLIGATION_UNSUPPORTED"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
