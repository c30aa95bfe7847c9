package compliance.rules.processor.training_use_test

import rego.v1

import data.compliance.lib.fixtures_test as f

training(value) := {"targets": {"vendor": {"training_use": value}}}

denied := {"denials": {"vendor": {"TRAINING_USE"}}, "selected": "local"}

cases := {
	"excluded": {"data": training(false), "expect": {"denials": {}}},
	"trains": {"data": training(true), "expect": object.union(denied, {"reasons": {{"code": "TRAINING_USE", "rule_id": "processor.training_use", "effect": "deny", "target": "vendor", "citation": ["GDPR Art. 5(1)(b)", "GDPR Art. 28(10)"], "evidence": []}}})},
	"not said": {"remove": ["/data/targets/vendor/training_use"], "expect": denied},
	"null": {"data": training(null), "expect": denied},
	"nothing personal": {"input": {"classification": {"entities": [], "categories": []}}, "data": training(true), "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
