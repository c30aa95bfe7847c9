package compliance.rules.obligations.record_transfer_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

cases := {
	"crossed": {"input": {"candidates": f.to(["gb"]), "classification": {"entities": []}}, "expect": {"duties": {"gb": disclosed({["record_transfer", ""]})}, "obligations": {
		{"id": "obligations.record_transfer", "type": "record_transfer", "on": "permit", "when": "always"},
		{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
		{"id": "obligations.no_store", "type": "no_store", "on": "permit", "when": "before_egress", "hl7": "DELAU"},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
	}}},
	"at home": {"input": {"candidates": f.to(["vendor"]), "classification": {"entities": []}}, "expect": {"duties": {"vendor": third}}},
	"beside one at home": {"input": {"candidates": f.to(["vendor", "gb"]), "classification": {"entities": []}}, "expect": {"duties": {"vendor": third, "gb": disclosed({["record_transfer", ""]})}}},
	"self-hosted abroad": {"input": {"candidates": f.to(["local-gb"])}, "expect": {"duties": {"local-gb": (always | {["record_transfer", ""]})}}},
}

test_cases if f.passing(cases) == object.keys(cases)
