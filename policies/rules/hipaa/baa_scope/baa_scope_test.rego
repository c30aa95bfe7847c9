package compliance.rules.hipaa.baa_scope_test

import rego.v1

import data.compliance.lib.fixtures_test as f

phi := {
	"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"]), "ingress": {"region": "US"},
	"classification": object.union(f.found(["PERSON", "NATIONAL_ID"]), {"categories": ["health"]}),
	"candidates": f.to(["us", "us-baa", "local-us"]),
}

only := object.union(phi, {"candidates": f.to(["us-baa"])})

denied := {"denials": {"us-baa": {"BAA_SCOPE"}}}

cases := {
	"covered": {"input": only, "expect": {"denials": {}}},
	"not covered": {"input": object.union(only, {"operation": {"name": "batch"}}), "expect": object.union(denied, {"reasons": {{"code": "BAA_SCOPE", "rule_id": "hipaa.baa_scope", "effect": "deny", "target": "us-baa", "citation": ["45 CFR 164.504(e)"], "evidence": ["baa-1"]}}})},
	"no list": {"input": only, "remove": ["/data/targets/us-baa/baa/operations"], "expect": denied},
	"list is null": {"input": only, "data": {"targets": {"us-baa": {"baa": {"operations": null}}}}, "expect": denied},
	"no agreement": {"input": object.union(only, {"operation": {"name": "batch"}}), "remove": ["/data/targets/us-baa/baa"], "expect": {"denials": {"us-baa": {"NO_BAA"}}}},
	"no health information": {"input": object.union(only, {"tenant": {"id": "shop"}, "operation": {"name": "batch"}, "classification": {"categories": []}}), "expect": {"denials": {}}},
	"a limited data set is under its own agreement": {
		"input": object.union(only, {"activity": {"id": "research"}, "operation": {"name": "batch"}}),
		"data": {"targets": {"us-baa": {"dua": {"status": "signed", "activities": ["research"]}}}},
		"expect": {"denials": {}},
	},
}

test_cases if f.passing(cases) == object.keys(cases)
