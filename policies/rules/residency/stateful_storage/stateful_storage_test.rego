package compliance.rules.residency.stateful_storage_test

import rego.v1

import data.compliance.lib.fixtures_test as f

stateful := {"operation": {"stateful": true}}

allowed(value) := {"activities": {"support": {"allow_stateful": value}}}

cases := {
	"stateful": {"input": stateful, "expect": {"denials": {"vendor": {"STATEFUL_STORAGE"}}, "selected": "local", "reasons": {{"code": "STATEFUL_STORAGE", "rule_id": "residency.stateful_storage", "effect": "deny", "target": "vendor", "citation": ["GDPR Art. 5(1)(e)"], "evidence": []}}}},
	"stateless": {"expect": {"denials": {}}},
	"allowed": {"input": stateful, "data": allowed(true), "expect": {"denials": {}, "selected": "vendor"}},
	"allowed is null": {"input": stateful, "data": allowed(null), "expect": {"denials": {"vendor": {"STATEFUL_STORAGE"}}}},
	"nothing personal": {"input": object.union(stateful, {"classification": {"entities": [], "categories": []}}), "expect": {"denials": {"vendor": {"STATEFUL_STORAGE"}}}},
	"storage counts": {"input": stateful, "data": object.union(allowed(true), {"targets": {"vendor": {"storage_regions": ["IN"]}}}), "expect": {"denials": {"vendor": {"TRANSFER_NO_BASIS"}}}},
	"storage does not count": {"data": {"targets": {"vendor": {"storage_regions": ["IN"]}}}, "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
