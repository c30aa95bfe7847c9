package compliance.rules.classifier.residual_entities_test

import rego.v1

import data.compliance.lib.fixtures_test as f

residual(n) := {"classification": {"residual_entities": n}}

cases := {
	"one left": {"input": residual(1), "expect": {"denials": {"vendor": {"RESIDUAL_PII"}}, "selected": "local", "reasons": {{"code": "RESIDUAL_PII", "rule_id": "classifier.residual_entities", "effect": "deny", "target": "vendor", "citation": ["45 CFR 164.514(b)(2)(ii)", "GDPR Art. 32"], "evidence": []}}}},
	"none": {"input": residual(0), "expect": {"denials": {}}},
	"not said": {"remove": ["/input/classification/residual_entities"], "expect": {"denials": {}}},
	"nothing personal": {"input": {"classification": {"entities": [], "categories": [], "residual_entities": 1}}, "expect": {"denials": {"vendor": {"RESIDUAL_PII"}}}},
	"after the transform": {"input": object.union(residual(2), {"phase": "post_transform"}), "expect": {"denials": {"vendor": {"RESIDUAL_PII"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
