package compliance.rules.obligations.stream_guard_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

cases := {
	"streamed": {"input": {"operation": {"stream": true}, "classification": {"entities": []}}, "expect": {"duties": {"vendor": disclosed({["stream_guard", ""]}), "local": always}}},
	"not streamed": {"input": {"classification": {"entities": []}}, "expect": {"duties": {"vendor": third, "local": always}}},
	"nothing personal": {"input": {"operation": {"stream": true}, "classification": {"entities": [], "categories": []}}, "expect": {"duties": {"vendor": (always | {["response_scan", ""]}), "local": always}}},
	"self-hosted": {"input": {"candidates": f.to(["local"]), "operation": {"stream": true}}, "expect": {"duties": {"local": always}}},
	"shape": {"input": {"candidates": f.to(["vendor"]), "operation": {"stream": true}, "classification": {"entities": []}}, "expect": {"obligations": {
		{"id": "obligations.stream_guard", "type": "stream_guard", "on": "permit", "when": "after_response"},
		{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
		{"id": "obligations.no_store", "type": "no_store", "on": "permit", "when": "before_egress", "hl7": "DELAU"},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
	}}},
}

test_cases if f.passing(cases) == object.keys(cases)
