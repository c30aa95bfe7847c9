package compliance.rules.classifier.classifier_partial_test

import rego.v1

import data.compliance.lib.fixtures_test as f

status(value) := {"classification": {"entities": [], "categories": [], "status": value}}

cases := {
	"partial": {"input": status("partial"), "expect": {"denials": {"vendor": {"CLASSIFIER_PARTIAL"}}, "selected": "local", "reasons": {{"code": "CLASSIFIER_PARTIAL", "rule_id": "classifier.classifier_partial", "effect": "deny", "target": "vendor", "citation": ["GDPR Art. 25"], "evidence": []}}}},
	"skipped": {"input": status("skipped"), "expect": {"denials": {"vendor": {"CLASSIFIER_PARTIAL"}}}},
	"unheard of": {"input": status("perhaps"), "expect": {"denials": {"vendor": {"CLASSIFIER_PARTIAL"}}}},
	"not said": {"remove": ["/input/classification/status"], "expect": {"denials": {"vendor": {"CLASSIFIER_PARTIAL"}}}},
	"complete": {"input": status("complete"), "expect": {"denials": {}}},
	"failed": {"input": status("failed"), "expect": {"denials": {"vendor": {"CLASSIFIER_FAILED"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
