package compliance.rules.obligations.redisclosure_notice_test

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

cases := {
	"record": {"input": object.union(phi, {"candidates": f.to(["us-baa", "local-us"]), "classification": f.found(["PERSON"])}), "data": {"activities": {"patients": {"part2": true, "part2_consent": true, "necessary_entities": ["PERSON"]}}}, "expect": {"duties": {"us-baa": (always | {["response_scan", ""], ["no_store", ""], ["redisclosure_notice", ""]}), "local-us": always}, "obligations": {
		{"id": "obligations.redisclosure_notice", "type": "redisclosure_notice", "on": "permit", "when": "before_egress", "hl7": "PRIVMARK"},
		{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
		{"id": "obligations.no_store", "type": "no_store", "on": "permit", "when": "before_egress", "hl7": "DELAU"},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 2190}},
	}}},
	"no record": {"input": object.union(phi, {"candidates": f.to(["us-baa"]), "classification": f.found(["PERSON"])}), "data": {"activities": {"patients": {"necessary_entities": ["PERSON"]}}}, "expect": {"duties": {"us-baa": (always | {["response_scan", ""], ["no_store", ""]})}}},
	"no health information": {"input": object.union(phi, {"tenant": {"id": "shop"}, "candidates": f.to(["us"]), "classification": {"entities": [], "categories": ["personal"]}}), "data": {"activities": {"patients": {"part2": true, "part2_consent": true}}}, "expect": {"duties": {"us": {["log", {"level": "metadata"}], ["retain", {"min_days": 400}], ["response_scan", ""], ["no_store", ""]}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
