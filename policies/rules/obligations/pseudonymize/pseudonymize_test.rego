package compliance.rules.obligations.pseudonymize_test

import rego.v1

import data.compliance.lib.fixtures_test as f

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

disclosed(more) := third | more

types(list) := {"classification": f.found(list), "candidates": f.to(["vendor", "local"])}

tokens := {
	{"id": "obligations.pseudonymize", "type": "pseudonymize", "on": "permit", "when": "before_egress", "entities": {"PERSON"}, "method": "surrogate_keyed", "hl7": "PSEUD"},
	{"id": "obligations.residual_scan", "type": "residual_scan", "on": "permit", "when": "before_egress"},
	{"id": "obligations.reidentify_response", "type": "reidentify_response", "on": "permit", "when": "after_response", "params": {"boundary": "in_region"}},
	{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
	{"id": "obligations.no_store", "type": "no_store", "on": "permit", "when": "before_egress", "hl7": "DELAU"},
	{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
	{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
}

realistic := {
	{"id": "obligations.date_shift", "type": "pseudonymize", "on": "permit", "when": "before_egress", "entities": {"DATE"}, "method": "date_shift", "hl7": "PSEUD"},
	{"id": "obligations.pseudonymize", "type": "pseudonymize", "on": "permit", "when": "before_egress", "entities": {"PERSON"}, "method": "surrogate_realistic", "hl7": "PSEUD"},
	{"id": "obligations.residual_scan", "type": "residual_scan", "on": "permit", "when": "before_egress"},
	{"id": "obligations.reidentify_response", "type": "reidentify_response", "on": "permit", "when": "after_response", "params": {"boundary": "in_region"}},
	{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
	{"id": "obligations.no_store", "type": "no_store", "on": "permit", "when": "before_egress", "hl7": "DELAU"},
	{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
	{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
}

cases := {
	"direct": {"input": types(["PERSON", "EMAIL_ADDRESS"]), "expect": {"action": "redact_and_forward", "duties": {"vendor": disclosed({["pseudonymize", {"PERSON", "EMAIL_ADDRESS"}], ["residual_scan", ""], ["reidentify_response", {"boundary": "in_region"}]}), "local": always}}},
	"necessary": {"input": types(["PERSON", "EMAIL_ADDRESS"]), "data": {"activities": {"support": {"necessary_entities": ["PERSON"]}}}, "expect": {"duties": {"vendor": disclosed({["pseudonymize", {"EMAIL_ADDRESS"}], ["residual_scan", ""], ["reidentify_response", {"boundary": "in_region"}]}), "local": always}}},
	"all necessary": {"input": types(["PERSON"]), "data": {"activities": {"support": {"necessary_entities": ["PERSON"]}}}, "expect": {"action": "forward", "duties": {"vendor": third, "local": always}}},
	"necessary is null": {"input": types(["PERSON"]), "data": {"activities": {"support": {"necessary_entities": null}}}, "expect": {"action": "redact_and_forward"}},
	"quasi and attributes": {"input": types(["DATE"]), "expect": {"action": "forward", "duties": {"vendor": third, "local": always}}},
	"below the threshold": {"input": {"classification": {"entities": [{"type": "PERSON", "count": 1, "max_confidence": 0.34}]}}, "expect": {"action": "forward", "duties": {"vendor": third, "local": always}}},
	"at the threshold": {"input": {"classification": {"entities": [{"type": "PERSON", "count": 1, "max_confidence": 0.35}]}}, "expect": {"action": "redact_and_forward"}},
	"threshold missing": {"input": {"classification": {"entities": [{"type": "PERSON", "count": 1, "max_confidence": 0.35}]}}, "remove": ["/data/config/threshold"], "expect": {"action": "redact_and_forward"}},
	"realistic": {"input": object.union(types(["PERSON", "DATE"]), {"candidates": f.to(["vendor"])}), "data": {"activities": {"support": {"surrogates": "realistic"}}}, "expect": {"obligations": realistic}},
	"tokens": {"input": object.union(types(["PERSON"]), {"candidates": f.to(["vendor"])}), "data": {"activities": {"support": {"surrogates": "tokens"}}}, "expect": {"obligations": tokens}},
	"shape": {"input": {"candidates": f.to(["vendor"])}, "expect": {"obligations": tokens}},
}

test_cases if f.passing(cases) == object.keys(cases)
