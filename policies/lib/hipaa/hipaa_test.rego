package compliance.lib.hipaa_test

import rego.v1

import data.compliance.lib.fixtures_test as f

phi := {"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"]), "candidates": f.to(["us"])}

cases := {
	"ladder, research": {"input": object.union(phi, {"activity": {"id": "research"}}), "data": {"activities": {"research": {"psychotherapy_notes": true, "part2": true}}}, "expect": {"denials": {"us": {"NO_DUA"}}}},
	"ladder, notes": {"input": phi, "data": {"activities": {"patients": {"psychotherapy_notes": true, "part2": true}}}, "expect": {"denials": {"us": {"PSYCHOTHERAPY_NOTES"}}}},
	"ladder, part 2": {"input": phi, "data": {"activities": {"patients": {"part2": true}}}, "expect": {"denials": {"us": {"PART2_NO_CONSENT"}}}},
	"ladder, agreement": {"input": phi, "data": {"activities": {"patients": {"part2": true, "part2_consent": true}}}, "expect": {"denials": {"us": {"NO_BAA"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
