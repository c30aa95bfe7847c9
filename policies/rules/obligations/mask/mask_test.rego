package compliance.rules.obligations.mask_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

types(list) := {"classification": f.found(list), "candidates": f.to(["vendor", "local"])}

cases := {
	"card": {"input": types(["CREDIT_CARD", "DATE"]), "expect": {"action": "redact_and_forward", "duties": {"vendor": disclosed({["mask", {"CREDIT_CARD"}], ["residual_scan", ""]}), "local": always}}},
	"no card": {"input": types(["DATE"]), "expect": {"duties": {"vendor": third, "local": always}}},
	"shape": {"input": object.union(types(["CREDIT_CARD"]), {"candidates": f.to(["vendor"])}), "expect": {"obligations": {
		{"id": "obligations.mask", "type": "mask", "on": "permit", "when": "before_egress", "entities": {"CREDIT_CARD"}, "method": "partial_mask", "hl7": "MASK", "params": {"restore": "exchange"}},
		{"id": "obligations.residual_scan", "type": "residual_scan", "on": "permit", "when": "before_egress"},
		{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
		{"id": "obligations.no_store", "type": "no_store", "on": "permit", "when": "before_egress", "hl7": "DELAU"},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
	}}},
}

test_cases if f.passing(cases) == object.keys(cases)
