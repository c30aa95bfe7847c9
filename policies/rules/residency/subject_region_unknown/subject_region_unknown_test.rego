package compliance.rules.residency.subject_region_unknown_test

import rego.v1

import data.compliance.lib.fixtures_test as f

lost := {"data_subjects": {"regions": [], "region_status": "unknown"}, "tenant": {"id": "shop"}, "ingress": {"region": "US"}, "candidates": f.to(["us", "local", "local-us"])}

denied := {"us": {"SUBJECT_REGION_UNKNOWN"}, "local": {"SUBJECT_REGION_UNKNOWN"}}

guessed(source) := {"regions": [{"code": "US", "source": source}], "region_status": "known"}

cases := {
	"unknown": {"input": lost, "expect": {"denials": denied, "selected": "local-us"}},
	"reason": {"input": object.union(lost, {"candidates": f.to(["us"])}), "expect": {"reasons": {{"code": "SUBJECT_REGION_UNKNOWN", "rule_id": "residency.subject_region_unknown", "effect": "deny", "target": "us", "citation": ["GDPR Art. 44"], "evidence": []}}, "codes": {"NO_COMPLIANT_TARGET", "SUBJECT_REGION_UNKNOWN"}}},
	"no regions": {"input": object.union(lost, {"data_subjects": {"region_status": "known"}}), "expect": {"denials": denied}},
	"status unknown beside regions": {"input": object.union(lost, {"data_subjects": f.from(["US"])}), "expect": {"denials": denied}},
	"status unheard of": {"input": object.union(lost, {"data_subjects": object.union(f.from(["US"]), {"region_status": "perhaps"})}), "expect": {"denials": denied}},
	"status missing": {"input": object.union(lost, {"data_subjects": f.from(["US"])}), "remove": ["/input/data_subjects/region_status"], "expect": {"denials": denied}},
	"mixed": {"input": object.union(lost, {"data_subjects": {"regions": [{"code": "US-TX"}, {"code": "US-NY"}], "region_status": "mixed"}}), "expect": {"denials": {}}},
	"detected": {"input": object.union(lost, {"data_subjects": guessed("detected")}), "expect": {"denials": denied}},
	"by address": {"input": object.union(lost, {"data_subjects": guessed("ip_geo")}), "expect": {"denials": denied}},
	"of the key": {"input": object.union(lost, {"data_subjects": guessed("profile")}), "expect": {"denials": {}}},
	"detected beside a declared one": {
		"input": object.union(lost, {"data_subjects": {"regions": [{"code": "US", "source": "detected"}, {"code": "US", "source": "declared"}], "region_status": "known"}}),
		"expect": {"denials": {}},
	},
	"ingress is a state": {"input": object.union(lost, {"ingress": {"region": "US-CA"}}), "expect": {"denials": denied}},
	"elsewhere": {"input": object.union(lost, {"ingress": {"region": "DE"}}), "expect": {"denials": {"us": {"SUBJECT_REGION_UNKNOWN"}, "local-us": {"SUBJECT_REGION_UNKNOWN"}}}},
	"ingress missing": {"input": lost, "remove": ["/input/ingress/region"], "expect": {"denials": {"us": {"SUBJECT_REGION_UNKNOWN"}, "local": {"SUBJECT_REGION_UNKNOWN"}, "local-us": {"SUBJECT_REGION_UNKNOWN"}}}},
	"also elsewhere": {"input": object.union(lost, {"candidates": f.to(["local-us"])}), "data": {"targets": {"local-us": {"processing_regions": ["US", "DE"]}}}, "expect": {"denials": {"local-us": {"SUBJECT_REGION_UNKNOWN"}}}},
	"place unknown": {"input": object.union(lost, {"candidates": f.to(["local-us"])}), "data": {"targets": {"local-us": {"processing_regions": []}}}, "expect": {"denials": {"local-us": {"SUBJECT_REGION_UNKNOWN"}}}},
	"nothing personal": {"input": object.union(lost, {"classification": {"entities": [], "categories": []}}), "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
