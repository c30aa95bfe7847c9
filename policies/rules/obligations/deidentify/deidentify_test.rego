package compliance.rules.obligations.deidentify_test

import rego.v1

import data.compliance.lib.fixtures_test as f

phi := {
	"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"]), "ingress": {"region": "US"},
	"classification": object.union(f.found(["PERSON", "NATIONAL_ID", "DATE", "HEALTH_CONDITION"]), {"categories": ["health"]}),
	"candidates": f.to(["us", "us-baa", "local-us"]),
}

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 2190}]}

scanned := always | {["response_scan", ""], ["no_store", ""], ["residual_scan", ""]}

reidentified := {["reidentify_response", {"boundary": "in_region"}]}

opted := {"tenants": {"mercy": {"deid_without_baa": true}}}

plain := (scanned | reidentified) | {["pseudonymize", {"PERSON"}], ["redact", {"NATIONAL_ID"}]}

harbor := scanned | {["deidentify", {"PERSON", "NATIONAL_ID", "DATE"}]}

cases := {
	"agreement": {"input": phi, "expect": {"denials": {"us": {"NO_BAA"}}, "duties": {"us-baa": plain, "local-us": always}}},
	"Safe Harbor": {"input": phi, "data": opted, "expect": {"action": "redact_and_forward", "duties": {"us": harbor, "us-baa": plain, "local-us": always}}},
	"Safe Harbor, one target": {"input": object.union(phi, {"candidates": f.to(["us"])}), "data": opted, "expect": {"obligations": {
		{"id": "obligations.deidentify", "type": "deidentify", "on": "permit", "when": "before_egress", "entities": {"PERSON", "NATIONAL_ID", "DATE"}, "profile": "hipaa_safe_harbor", "hl7": "DEID"},
		{"id": "obligations.residual_scan", "type": "residual_scan", "on": "permit", "when": "before_egress"},
		{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
		{"id": "obligations.no_store", "type": "no_store", "on": "permit", "when": "before_egress", "hl7": "DELAU"},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 2190}},
	}}},
	"Safe Harbor with secrets": {
		"input": object.union(phi, {"candidates": f.to(["us", "us-baa"]), "classification": f.found(["PERSON", "CREDENTIAL", "CVV"])}), "data": opted,
		"expect": {"duties": {"us": (scanned | {["deidentify", {"PERSON"}], ["redact", {"CREDENTIAL", "CVV"}]}), "us-baa": (scanned | reidentified) | {["pseudonymize", {"PERSON"}], ["redact", {"CREDENTIAL", "CVV"}]}}},
	},
	"limited data set": {
		"input": object.union(phi, {"activity": {"id": "research"}}),
		"data": {"targets": {"us-baa": {"dua": {"status": "signed", "activities": ["research"]}}}},
		"expect": {"denials": {"us": {"NO_DUA"}}, "action": "redact_and_forward", "duties": {"us-baa": (scanned | {["deidentify", {"PERSON", "NATIONAL_ID", "DATE"}]}), "local-us": always}},
	},
	"limited data set, profile": {
		"input": object.union(phi, {"activity": {"id": "research"}, "candidates": f.to(["us-baa"])}),
		"data": {"targets": {"us-baa": {"dua": {"status": "signed", "activities": ["research"]}}}},
		"expect": {"obligations": {
			{"id": "obligations.deidentify", "type": "deidentify", "on": "permit", "when": "before_egress", "entities": {"PERSON", "NATIONAL_ID", "DATE"}, "profile": "hipaa_limited_data_set", "hl7": "DEID"},
			{"id": "obligations.residual_scan", "type": "residual_scan", "on": "permit", "when": "before_egress"},
			{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
			{"id": "obligations.no_store", "type": "no_store", "on": "permit", "when": "before_egress", "hl7": "DELAU"},
			{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
			{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 2190}},
		}},
	},
	"limited data set without a BAA": {
		"input": object.union(phi, {"activity": {"id": "research"}, "candidates": f.to(["us"])}),
		"data": {"targets": {"us": {"dua": {"status": "signed", "activities": ["research"]}}}},
		"expect": {"obligations": {
			{"id": "obligations.deidentify", "type": "deidentify", "on": "permit", "when": "before_egress", "entities": {"PERSON", "NATIONAL_ID", "DATE"}, "profile": "hipaa_limited_data_set", "hl7": "DEID"},
			{"id": "obligations.residual_scan", "type": "residual_scan", "on": "permit", "when": "before_egress"},
			{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
			{"id": "obligations.no_store", "type": "no_store", "on": "permit", "when": "before_egress", "hl7": "DELAU"},
			{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
			{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 2190}},
		}},
	},
	"no entities": {
		"input": object.union(phi, {"candidates": f.to(["us"]), "classification": {"entities": [], "categories": [], "labels": ["personal"]}}), "data": opted,
		"expect": {"action": "redact_and_forward", "duties": {"us": (scanned | {["deidentify", set()]})}},
	},
}

test_cases if f.passing(cases) == object.keys(cases)
