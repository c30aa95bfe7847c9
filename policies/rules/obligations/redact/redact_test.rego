package compliance.rules.obligations.redact_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

types(list) := {"classification": f.found(list), "candidates": f.to(["vendor", "local"])}

cases := {
	"kinds": {"input": types(["NATIONAL_ID", "BANK_ACCOUNT", "CREDENTIAL", "DATE"]), "expect": {"action": "redact_and_forward", "duties": {"vendor": disclosed({["redact", {"NATIONAL_ID", "BANK_ACCOUNT", "CREDENTIAL"}], ["residual_scan", ""]}), "local": always}}},
	"authentication data": {"input": types(["PERSON", "CVV"]), "data": {"activities": {"support": {"necessary_entities": ["PERSON", "CVV"]}}}, "expect": {"duties": {"vendor": disclosed({["redact", {"CVV"}], ["residual_scan", ""]}), "local": (always | {["redact", {"CVV"}]})}}},
	"kind unknown": {"input": types(["SOMETHING_NEW"]), "expect": {"duties": {"vendor": disclosed({["redact", {"SOMETHING_NEW"}], ["residual_scan", ""]}), "local": always}}},
	"necessary is no excuse": {"input": types(["NATIONAL_ID"]), "data": {"activities": {"support": {"necessary_entities": ["NATIONAL_ID"]}}}, "expect": {"duties": {"vendor": disclosed({["redact", {"NATIONAL_ID"}], ["residual_scan", ""]}), "local": always}}},
	"nothing to remove": {"input": types(["DATE"]), "expect": {"duties": {"vendor": third, "local": always}}},
	"shape": {"input": object.union(types(["BANK_ACCOUNT"]), {"candidates": f.to(["vendor"])}), "expect": {"obligations": {
		{"id": "obligations.redact", "type": "redact", "on": "permit", "when": "before_egress", "entities": {"BANK_ACCOUNT"}, "method": "remove", "hl7": "REDACT", "params": {"restore": "exchange"}},
		{"id": "obligations.residual_scan", "type": "residual_scan", "on": "permit", "when": "before_egress"},
		{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
		{"id": "obligations.no_store", "type": "no_store", "on": "permit", "when": "before_egress", "hl7": "DELAU"},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
	}}},
}

test_cases if f.passing(cases) == object.keys(cases)
