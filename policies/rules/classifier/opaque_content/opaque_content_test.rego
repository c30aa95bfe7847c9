package compliance.rules.classifier.opaque_content_test

import rego.v1

import data.compliance.lib.fixtures_test as f

parts(list) := {"classification": {"entities": [], "categories": [], "opaque_parts": list}}

cases := {
	"image": {"input": parts([{"path": "a", "media": "image/png"}]), "expect": {"denials": {"vendor": {"OPAQUE_CONTENT"}}, "selected": "local", "reasons": {{"code": "OPAQUE_CONTENT", "rule_id": "classifier.opaque_content", "effect": "deny", "target": "vendor", "citation": ["GDPR Art. 25"], "evidence": []}}}},
	"none": {"input": parts([]), "expect": {"denials": {}, "action": "forward"}},
	"not said": {"remove": ["/input/classification/opaque_parts"], "expect": {"denials": {}}},
	"unreadable means personal": {"input": parts([{}]), "remove": ["/data/targets/vendor/dpa"], "expect": {"denials": {"vendor": {"OPAQUE_CONTENT", "NO_DPA"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
