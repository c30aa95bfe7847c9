package compliance.rules.hipaa.offshore_test

import rego.v1

import data.compliance.lib.fixtures_test as f

phi := {
	"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"]), "ingress": {"region": "US"},
	"classification": object.union(f.found(["PERSON", "NATIONAL_ID"]), {"categories": ["health"]}),
	"candidates": f.to(["us", "us-baa", "local-us"]),
}

only(id) := object.union(phi, {"candidates": f.to([id])})

abroad := {"targets": {"vendor": f.agreement}}

cases := {
	"abroad": {"input": only("vendor"), "data": abroad, "expect": {"denials": {"vendor": {"PHI_OFFSHORE"}}, "reasons": {{"code": "PHI_OFFSHORE", "rule_id": "hipaa.offshore", "effect": "deny", "target": "vendor", "citation": ["Texas SB 1188; payer contracts"], "evidence": []}}}},
	"at home": {"input": only("us-baa"), "expect": {"denials": {}}},
	"in a state": {"input": only("us-baa"), "data": {"targets": {"us-baa": {"processing_regions": ["US-VA"]}}}, "expect": {"denials": {}}},
	"stored abroad": {"input": only("us-baa"), "data": {"targets": {"us-baa": {"storage_regions": ["FR"]}}}, "expect": {"denials": {"us-baa": {"PHI_OFFSHORE"}}}},
	"one place abroad": {"input": only("us-baa"), "data": {"targets": {"us-baa": {"processing_regions": ["US", "FR"]}}}, "expect": {"denials": {"us-baa": {"PHI_OFFSHORE"}}}},
	"null place": {"input": only("us-baa"), "data": {"targets": {"us-baa": {"storage_regions": [null]}}}, "expect": {"denials": {"us-baa": {"PHI_OFFSHORE"}}}},
	"self-hosted abroad": {"input": only("local"), "expect": {"denials": {"local": {"PHI_OFFSHORE"}}}},
	"offshore allowed": {"input": only("vendor"), "data": object.union(abroad, {"tenants": {"mercy": {"offshore_phi": true}}}), "expect": {"denials": {}}},
	"offshore is null": {"input": only("vendor"), "data": object.union(abroad, {"tenants": {"mercy": {"offshore_phi": null}}}), "expect": {"denials": {"vendor": {"PHI_OFFSHORE"}}}},
	"no health information": {"input": object.union(only("vendor"), {"tenant": {"id": "shop"}}), "expect": {"denials": {"vendor": {"SPECIAL_CATEGORY_LOCAL_ONLY"}}}},
	"global": {"input": only("global"), "data": {"targets": {"global": f.agreement}}, "expect": {"denials": {"global": {"REGION_INDETERMINATE"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
