package compliance.rules.obligations.date_shift_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

disclosed := always | {
	["response_scan", ""], ["no_store", ""], ["residual_scan", ""], ["reidentify_response", {"boundary": "in_region"}],
}

types(list) := {"classification": f.found(list), "candidates": f.to(["vendor", "local"])}

moving(more) := {
	"activities": {"support": object.union({"date_shift": true}, more)},
	"entity_map": {"DATE_OF_BIRTH": {"kind": "direct", "categories": ["personal"]}},
}

cases := {
	"dates of every kind move": {"input": types(["PERSON", "DATE", "DATE_OF_BIRTH"]), "data": moving({}), "expect": {"duties": {"vendor": disclosed | {["pseudonymize", {"PERSON"}], ["pseudonymize", {"DATE", "DATE_OF_BIRTH"}]}, "local": always}}},
	"a date of birth alone": {"input": types(["DATE_OF_BIRTH"]), "data": moving({}), "expect": {"duties": {"vendor": disclosed | {["pseudonymize", {"DATE_OF_BIRTH"}]}, "local": always}}},
	"no dates": {"input": types(["PERSON"]), "data": moving({}), "expect": {"duties": {"vendor": disclosed | {["pseudonymize", {"PERSON"}]}, "local": always}}},
	"necessary dates stay": {"input": types(["PERSON", "DATE", "DATE_OF_BIRTH"]), "data": moving({"necessary_entities": ["DATE"]}), "expect": {"duties": {"vendor": disclosed | {["pseudonymize", {"PERSON"}], ["pseudonymize", {"DATE_OF_BIRTH"}]}, "local": always}}},
	"not asked for": {"input": types(["PERSON", "DATE", "DATE_OF_BIRTH"]), "data": moving({"date_shift": false}), "expect": {"duties": {"vendor": disclosed | {["pseudonymize", {"PERSON", "DATE_OF_BIRTH"}]}, "local": always}}},
	"null asks for nothing": {"input": types(["PERSON", "DATE"]), "data": moving({"date_shift": null}), "expect": {"duties": {"vendor": disclosed | {["pseudonymize", {"PERSON"}]}, "local": always}}},
	"shape": {"input": object.union(types(["DATE_OF_BIRTH"]), {"candidates": f.to(["vendor"])}), "data": moving({}), "expect": {"obligations": {
		{"id": "obligations.date_shift", "type": "pseudonymize", "on": "permit", "when": "before_egress", "entities": {"DATE_OF_BIRTH"}, "method": "date_shift", "hl7": "PSEUD"},
		{"id": "obligations.residual_scan", "type": "residual_scan", "on": "permit", "when": "before_egress"},
		{"id": "obligations.reidentify_response", "type": "reidentify_response", "on": "permit", "when": "after_response", "params": {"boundary": "in_region"}},
		{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
		{"id": "obligations.no_store", "type": "no_store", "on": "permit", "when": "before_egress", "hl7": "DELAU"},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
	}}},
}

test_cases if f.passing(cases) == object.keys(cases)
