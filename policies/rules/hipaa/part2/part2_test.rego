package compliance.rules.hipaa.part2_test

import rego.v1

import data.compliance.lib.fixtures_test as f

phi := {
	"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"]), "ingress": {"region": "US"},
	"classification": object.union(f.found(["PERSON", "NATIONAL_ID"]), {"categories": ["health"]}),
	"candidates": f.to(["us", "us-baa", "local-us"]),
}

record(patch) := {"activities": {"patients": object.union({"part2": true}, patch)}}

denied := {"us": {"PART2_NO_CONSENT"}, "us-baa": {"PART2_NO_CONSENT"}}

cases := {
	"no consent": {"input": phi, "data": record({}), "expect": {"denials": denied, "selected": "local-us"}},
	"reason": {"input": object.union(phi, {"candidates": f.to(["us-baa"])}), "data": record({}), "expect": {"reasons": {{"code": "PART2_NO_CONSENT", "rule_id": "hipaa.part2", "effect": "deny", "target": "us-baa", "citation": ["42 CFR 2.31"], "evidence": []}}}},
	"consent refused": {"input": phi, "data": record({"part2_consent": false}), "expect": {"denials": denied}},
	"consent is null": {"input": phi, "data": record({"part2_consent": null}), "expect": {"denials": denied}},
	"flag is null": {"input": phi, "data": record({"part2": null}), "expect": {"denials": denied}},
	"consent": {"input": phi, "data": record({"part2_consent": true}), "expect": {"denials": {"us": {"NO_BAA"}}}},
	"no record": {"input": phi, "data": record({"part2": false}), "expect": {"denials": {"us": {"NO_BAA"}}}},
	"no health information": {"input": object.union(phi, {"tenant": {"id": "shop"}, "classification": {"categories": []}}), "data": record({}), "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
