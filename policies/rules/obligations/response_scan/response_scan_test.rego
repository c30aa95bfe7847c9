package compliance.rules.obligations.response_scan_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

cases := {
	"third party": {"input": {"candidates": f.to(["vendor"]), "classification": {"entities": []}}, "expect": {"duties": {"vendor": third}}},
	"nothing personal": {"input": {"candidates": f.to(["vendor"]), "classification": {"entities": [], "categories": []}}, "expect": {"action": "forward", "duties": {"vendor": (always | {["response_scan", ""]})}}},
	"self-hosted": {"input": {"candidates": f.to(["local"])}, "expect": {"duties": {"local": always}}},
}

test_cases if f.passing(cases) == object.keys(cases)
