package compliance.rules.registry.target_unregistered_test

import rego.v1

import data.compliance.lib.fixtures_test as f

cases := {
	"unknown": {"input": {"candidates": f.to(["shadow", "local"])}, "expect": {"denials": {"shadow": {"TARGET_UNREGISTERED"}}, "selected": "local", "reasons": {{"code": "TARGET_UNREGISTERED", "rule_id": "registry.target_unregistered", "effect": "deny", "target": "shadow", "citation": ["GDPR Art. 28(1)"], "evidence": []}}, "places": {"shadow": "unknown", "local": "DE"}}},
	"null entry": {"input": {"candidates": f.to(["vendor"])}, "data": {"targets": {"vendor": null}}, "expect": {"denials": {"vendor": {"TARGET_UNREGISTERED"}}, "codes": {"NO_COMPLIANT_TARGET", "TARGET_UNREGISTERED"}, "status": 403}},
	"known": {"expect": {"denials": {}}},
	"nothing personal": {"input": {"candidates": f.to(["shadow"]), "classification": {"entities": [], "categories": []}}, "expect": {"denials": {"shadow": {"TARGET_UNREGISTERED"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
