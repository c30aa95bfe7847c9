package compliance.rules.classifier.opaque_content_test

import rego.v1

import data.compliance.lib.fixtures_test as f

parts(list) := {"classification": {"entities": [], "categories": [], "opaque_parts": list}}

sealed(target) := {"path": "a", "media": "sealed", "sealed_by": target}

cases := {
	"image": {"input": parts([{"path": "a", "media": "image/png"}]), "expect": {"denials": {"vendor": {"OPAQUE_CONTENT"}}, "selected": "local", "reasons": {{"code": "OPAQUE_CONTENT", "rule_id": "classifier.opaque_content", "effect": "deny", "target": "vendor", "citation": ["GDPR Art. 25"], "evidence": []}}}},
	"none": {"input": parts([]), "expect": {"denials": {}, "action": "forward"}},
	"not said": {"remove": ["/input/classification/opaque_parts"], "expect": {"denials": {}}},
	"returns to its maker": {"input": parts([sealed("vendor")]), "expect": {"denials": {}, "action": "forward"}},
	"sealed by another": {"input": parts([sealed("local")]), "expect": {"denials": {"vendor": {"OPAQUE_CONTENT"}}, "selected": "local"}},
	"sealed by it and by another": {"input": parts([sealed("vendor"), sealed("local")]), "expect": {"denials": {"vendor": {"OPAQUE_CONTENT"}}}},
	"sealed by it, beside a picture": {"input": parts([sealed("vendor"), {"path": "a", "media": "image"}]), "expect": {"denials": {"vendor": {"OPAQUE_CONTENT"}}}},
	"sealed by nobody known": {"input": parts([{"path": "a", "media": "sealed"}]), "expect": {"denials": {"vendor": {"OPAQUE_CONTENT"}}}},
	"sealed, oddly": {"input": parts([{"path": "a", "media": "sealed", "sealed_by": true}]), "expect": {"denials": {"vendor": {"OPAQUE_CONTENT"}}}},
	"a picture has no maker": {"input": parts([{"path": "a", "media": "image", "sealed_by": "vendor"}]), "expect": {"denials": {"vendor": {"OPAQUE_CONTENT"}}}},
	"no list": {"input": parts({}), "expect": {"denials": {"vendor": {"OPAQUE_CONTENT"}}}},
	"unreadable means personal": {"input": parts([{}]), "remove": ["/data/targets/vendor/dpa"], "expect": {"denials": {"vendor": {"OPAQUE_CONTENT", "NO_DPA"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
