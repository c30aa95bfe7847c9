package compliance.rules.obligations.human_oversight_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

cases := {
	"high-risk": {"input": {"classification": {"entities": []}}, "data": {"activities": {"support": {"ai_act": "high"}}}, "expect": {"duties": {"vendor": disclosed({["human_oversight", ""]}), "local": (always | {["human_oversight", ""]})}}},
	"declared": {"input": {"candidates": f.to(["local"]), "activity": {"ai_act": "high"}}, "expect": {"obligations": {
		{"id": "obligations.human_oversight", "type": "human_oversight", "on": "permit", "when": "always"},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
	}}},
	"limited": {"input": {"candidates": f.to(["local"])}, "data": {"activities": {"support": {"ai_act": "limited"}}}, "expect": {"duties": {"local": always}}},
}

test_cases if f.passing(cases) == object.keys(cases)
