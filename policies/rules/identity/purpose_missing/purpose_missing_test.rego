package compliance.rules.identity.purpose_missing_test

import rego.v1

import data.compliance.lib.fixtures_test as f

cases := {
	"undeclared": {"input": {"activity": {"id": "odd"}, "classification": {"entities": [], "categories": []}}, "expect": {"action": "block", "codes": {"PURPOSE_MISSING"}, "status": 400, "reasons": {{"code": "PURPOSE_MISSING", "rule_id": "identity.purpose_missing", "effect": "deny", "target": null, "citation": ["GDPR Art. 5(1)(b)", "GDPR Art. 30"], "evidence": []}}}},
	"undeclared, personal": {"input": {"activity": {"id": "odd"}}, "expect": {"codes": {"PURPOSE_MISSING", "NO_LEGAL_BASIS"}, "status": 400}},
	"no id": {"remove": ["/input/activity/id"], "expect": {"codes": {"PURPOSE_MISSING", "NO_LEGAL_BASIS"}, "status": 400}},
	"null entry": {"data": {"activities": {"support": null}}, "expect": {"codes": {"PURPOSE_MISSING", "NO_LEGAL_BASIS"}, "status": 400}},
	"no purpose": {"remove": ["/data/activities/support/purpose"], "expect": {"codes": {"PURPOSE_MISSING"}, "status": 400}},
	"null purpose": {"data": {"activities": {"support": {"purpose": null}}}, "expect": {"codes": {"PURPOSE_MISSING"}, "status": 400}},
	"empty purpose": {"data": {"activities": {"support": {"purpose": ""}}}, "expect": {"codes": {"PURPOSE_MISSING"}, "status": 400}},
	"declared": {"expect": {"codes": set(), "status": 200}},
	"reply": {"input": {"activity": {"id": "odd"}, "phase": "response"}, "expect": {"codes": {"PURPOSE_MISSING"}, "status": 400}},
}

test_cases if f.passing(cases) == object.keys(cases)
