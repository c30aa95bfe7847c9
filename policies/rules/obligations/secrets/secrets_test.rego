package compliance.rules.obligations.secrets_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

types(list) := {"classification": f.found(list), "candidates": f.to(["vendor", "local"])}

cases := {
	"nothing personal": {"input": object.union(types(["CREDENTIAL", "DATE"]), {"classification": {"categories": []}}), "expect": {"action": "redact_and_forward", "duties": {"vendor": (always | {["response_scan", ""], ["redact", {"CREDENTIAL"}], ["residual_scan", ""]}), "local": always}}},
	"authentication data": {"input": object.union(types(["CVV"]), {"classification": {"categories": []}}), "expect": {"duties": {"vendor": (always | {["response_scan", ""], ["redact", {"CVV"}], ["residual_scan", ""]}), "local": (always | {["redact", {"CVV"}]})}}},
	"personal": {"input": types(["CREDENTIAL"]), "expect": {"duties": {"vendor": disclosed({["redact", {"CREDENTIAL"}], ["residual_scan", ""]}), "local": always}}},
	"none": {"input": object.union(types(["DATE"]), {"classification": {"categories": []}}), "expect": {"action": "forward", "duties": {"vendor": (always | {["response_scan", ""]}), "local": always}}},
	"shape": {"input": object.union(types(["CREDENTIAL"]), {"candidates": f.to(["vendor"]), "classification": {"categories": []}}), "expect": {"obligations": {
		{"id": "obligations.secrets", "type": "redact", "on": "permit", "when": "before_egress", "entities": {"CREDENTIAL"}, "method": "remove", "hl7": "REDACT", "params": {"restore": "exchange"}},
		{"id": "obligations.residual_scan", "type": "residual_scan", "on": "permit", "when": "before_egress"},
		{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
	}}},
}

test_cases if f.passing(cases) == object.keys(cases)
