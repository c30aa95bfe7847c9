package compliance.rules.special.minor_test

import rego.v1

import data.compliance.lib.fixtures_test as f

age(value, tenant) := {"tenant": {"id": tenant}, "data_subjects": {"minor": value}}

denied := {"denials": {"vendor": {"MINOR_LOCAL_ONLY"}}, "selected": "local"}

cases := {
	"child": {"input": age("yes", "acme"), "expect": object.union(denied, {"reasons": {{"code": "MINOR_LOCAL_ONLY", "rule_id": "special.minor", "effect": "deny", "target": "vendor", "citation": ["GDPR Art. 8; recital 38"], "evidence": []}}})},
	"unknown": {"input": age("unknown", "acme"), "expect": {"denials": {}}},
	"unknown in a service for children": {"input": age("unknown", "school"), "expect": denied},
	"not said in a service for children": {"input": age("yes", "school"), "remove": ["/input/data_subjects/minor"], "expect": denied},
	"unheard of in a service for children": {"input": age("maybe", "school"), "expect": denied},
	"adult in a service for children": {"input": age("no", "school"), "expect": {"denials": {}}},
	"allowed": {"input": age("yes", "acme"), "data": {"activities": {"support": {"minors_third_party_ok": true}}}, "expect": {"denials": {}}},
	"allowed is null": {"input": age("yes", "acme"), "data": {"activities": {"support": {"minors_third_party_ok": null}}}, "expect": denied},
}

test_cases if f.passing(cases) == object.keys(cases)
