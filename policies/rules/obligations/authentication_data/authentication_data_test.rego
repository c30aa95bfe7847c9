package compliance.rules.obligations.authentication_data_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

cases := {
	"self-hosted": {"input": {"candidates": f.to(["local"]), "classification": f.found(["CVV", "CREDIT_CARD"])}, "expect": {"action": "pin_local", "duties": {"local": (always | {["redact", {"CVV"}]})}, "obligations": {
		{"id": "obligations.authentication_data", "type": "redact", "on": "permit", "when": "before_egress", "entities": {"CVV"}, "method": "remove", "hl7": "REDACT"},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
	}}},
	"none": {"input": {"candidates": f.to(["local"]), "classification": f.found(["CREDIT_CARD", "CREDENTIAL"])}, "expect": {"duties": {"local": always}}},
	"nothing personal": {"input": {"candidates": f.to(["local"]), "classification": object.union(f.found(["CVV"]), {"categories": []})}, "expect": {"duties": {"local": (always | {["redact", {"CVV"}]})}}},
	"third party only": {"input": {"candidates": f.to(["vendor"]), "classification": f.found(["CVV"])}, "expect": {"duties": {"vendor": (third | {["redact", {"CVV"}], ["residual_scan", ""]})}}},
}

test_cases if f.passing(cases) == object.keys(cases)
