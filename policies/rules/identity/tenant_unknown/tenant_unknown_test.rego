package compliance.rules.identity.tenant_unknown_test

import rego.v1

import data.compliance.lib.fixtures_test as f

cases := {
	"unknown": {"input": {"tenant": {"id": "who"}}, "expect": {"action": "block", "codes": {"TENANT_UNKNOWN"}, "status": 403, "denials": {}, "selected": null, "reasons": {{"code": "TENANT_UNKNOWN", "rule_id": "identity.tenant_unknown", "effect": "deny", "target": null, "citation": ["GDPR Art. 4(7)"], "evidence": []}}}},
	"known": {"expect": {"codes": set(), "status": 200}},
	"no id": {"remove": ["/input/tenant/id"], "expect": {"codes": {"TENANT_UNKNOWN"}}},
	"null entry": {"data": {"tenants": {"acme": null}}, "expect": {"codes": {"TENANT_UNKNOWN"}}},
	"no establishments": {"remove": ["/data/tenants/acme/establishments"], "expect": {"codes": {"TENANT_UNKNOWN"}}},
	"null establishments": {"data": {"tenants": {"acme": {"establishments": null}}}, "expect": {"codes": {"TENANT_UNKNOWN"}}},
	"establishments are an object": {"data": {"tenants": {"acme": {"establishments": {"x": "DE"}}}}, "expect": {"codes": {"TENANT_UNKNOWN"}}},
	"null among the establishments": {"data": {"tenants": {"acme": {"establishments": ["DE", null]}}}, "expect": {"codes": {"TENANT_UNKNOWN"}}},
	"reply": {"input": {"tenant": {"id": "who"}, "phase": "response"}, "expect": {"action": "block", "codes": {"TENANT_UNKNOWN"}, "status": 403}},
	"with an undeclared activity": {"input": {"tenant": {"id": "who"}, "activity": {"id": "odd"}}, "expect": {"codes": {"TENANT_UNKNOWN", "PURPOSE_MISSING", "NO_LEGAL_BASIS"}, "status": 403}},
	"with restriction": {"input": {"tenant": {"id": "who"}, "data_subjects": {"restricted": true}}, "expect": {"codes": {"TENANT_UNKNOWN", "SUBJECT_RESTRICTED"}, "status": 403}},
}

test_cases if f.passing(cases) == object.keys(cases)
