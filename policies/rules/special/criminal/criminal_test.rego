package compliance.rules.special.criminal_test

import rego.v1

import data.compliance.lib.fixtures_test as f

criminal := {"activity": {"id": "care"}, "classification": object.union(f.found(["PERSON"]), {"categories": ["criminal"]})}

cases := {
	"third party": {"input": criminal, "expect": {"denials": {"vendor": {"CRIMINAL_LOCAL_ONLY"}}, "selected": "local", "reasons": {{"code": "CRIMINAL_LOCAL_ONLY", "rule_id": "special.criminal", "effect": "deny", "target": "vendor", "citation": ["GDPR Art. 10"], "evidence": []}}}},
	"attribute": {"input": {"activity": {"id": "care"}, "classification": f.found(["PERSON", "CRIMINAL_RECORD"])}, "expect": {"denials": {"vendor": {"CRIMINAL_LOCAL_ONLY"}}}},
	"nobody identified": {"input": {"classification": {"entities": [], "categories": ["criminal"]}}, "expect": {"denials": {"vendor": {"CRIMINAL_LOCAL_ONLY"}}}},
	"nothing criminal": {"expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
