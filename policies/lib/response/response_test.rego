package compliance.lib.response_test

import rego.v1

import data.compliance.lib.fixtures_test as f

cases := {
	"delivered": {"input": {"phase": "response"}, "expect": {"action": "deliver", "effect": "permit", "permitted": ["vendor"], "selected": null, "reasons": set(), "order": [["vendor", 0]]}},
	"request gates do not apply": {"input": {"phase": "response"}, "remove": ["/data/activities/support/legal_basis"], "expect": {"action": "deliver"}},
	"target denials do not apply": {"input": {"phase": "response", "candidates": f.to(["none"])}, "expect": {"action": "deliver"}},
	"under HIPAA": {"input": {"phase": "response", "tenant": {"hipaa_role": "hybrid"}}, "expect": {"duties": {"vendor": {["log", {"level": "metadata"}], ["retain", {"min_days": 2190}]}}}},
	"cache reasons": {"input": {"phase": "cache_lookup"}, "expect": {"action": "cache_bypass", "reasons": {{"code": "CACHE_SCOPE", "rule_id": "cache.scope", "effect": "deny", "target": null, "citation": ["GDPR Art. 28", "GDPR Art. 5(1)(f)"], "evidence": []}}}},
	"request gates do not apply to a cached answer": {
		"input": {"phase": "cache_lookup", "cache_entry": {"tenant": "acme", "region": "DE", "personal": false}},
		"remove": ["/data/activities/support/legal_basis"], "expect": {"action": "cache_hit"},
	},
}

test_cases if f.passing(cases) == object.keys(cases)
