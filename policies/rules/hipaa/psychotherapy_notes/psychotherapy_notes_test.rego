package compliance.rules.hipaa.psychotherapy_notes_test

import rego.v1

import data.compliance.lib.fixtures_test as f

phi := {
	"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"]), "ingress": {"region": "US"},
	"classification": object.union(f.found(["PERSON", "NATIONAL_ID"]), {"categories": ["health"]}),
	"candidates": f.to(["us", "us-baa", "local-us"]),
}

notes(value) := {"activities": {"patients": {"psychotherapy_notes": value}}}

denied := {"us": {"PSYCHOTHERAPY_NOTES"}, "us-baa": {"PSYCHOTHERAPY_NOTES"}}

cases := {
	"notes": {"input": phi, "data": notes(true), "expect": {"denials": denied, "selected": "local-us"}},
	"reason": {"input": object.union(phi, {"candidates": f.to(["us-baa"])}), "data": notes(true), "expect": {"reasons": {{"code": "PSYCHOTHERAPY_NOTES", "rule_id": "hipaa.psychotherapy_notes", "effect": "deny", "target": "us-baa", "citation": ["45 CFR 164.508(a)(2)"], "evidence": []}}}},
	"null": {"input": phi, "data": notes(null), "expect": {"denials": denied}},
	"no notes": {"input": phi, "data": notes(false), "expect": {"denials": {"us": {"NO_BAA"}}}},
	"instead of part 2": {"input": phi, "data": {"activities": {"patients": {"psychotherapy_notes": true, "part2": true}}}, "expect": {"denials": denied}},
	"no health information": {"input": object.union(phi, {"tenant": {"id": "shop"}, "classification": {"categories": []}}), "data": notes(true), "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
