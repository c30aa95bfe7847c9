package compliance.rules.classifier.classifier_failed_test

import rego.v1

import data.compliance.lib.fixtures_test as f

status(value) := {"classification": {"entities": [], "categories": [], "status": value}}

cases := {
	"failed": {"input": status("failed"), "expect": {"denials": {"vendor": {"CLASSIFIER_FAILED"}}, "selected": "local", "action": "pin_local", "reasons": {{"code": "CLASSIFIER_FAILED", "rule_id": "classifier.classifier_failed", "effect": "deny", "target": "vendor", "citation": ["GDPR Art. 25", "GDPR Art. 32"], "evidence": []}}}},
	"timeout": {"input": status("timeout"), "expect": {"denials": {"vendor": {"CLASSIFIER_FAILED"}}}},
	"complete": {"input": status("complete"), "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
