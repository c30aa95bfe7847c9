package compliance.rules.cache.scope_test

import rego.v1

import data.compliance.lib.fixtures_test as f

entry(patch) := {"phase": "cache_lookup", "cache_entry": object.union({"tenant": "acme", "region": "DE", "personal": false}, patch)}

bypassed := {"action": "cache_bypass", "effect": "deny", "status": 200, "codes": {"CACHE_SCOPE"}, "selected": null}

cases := {
	"same scope": {"input": entry({}), "expect": {"action": "cache_hit", "effect": "permit", "status": 200, "codes": set(), "selected": null, "reasons": set(), "permitted": []}},
	"another tenant": {"input": entry({"tenant": "shop"}), "expect": object.union(bypassed, {"reasons": {{"code": "CACHE_SCOPE", "rule_id": "cache.scope", "effect": "deny", "target": null, "citation": ["GDPR Art. 28", "GDPR Art. 5(1)(f)"], "evidence": []}}})},
	"another region": {"input": entry({"region": "FR"}), "expect": bypassed},
	"personal": {"input": entry({"personal": true}), "expect": bypassed},
	"personal not said": {"input": entry({}), "remove": ["/input/cache_entry/personal"], "expect": bypassed},
	"tenant not said": {"input": entry({}), "remove": ["/input/cache_entry/tenant"], "expect": bypassed},
	"region not said": {"input": entry({}), "remove": ["/input/cache_entry/region"], "expect": bypassed},
	"no entry": {"input": {"phase": "cache_lookup"}, "expect": bypassed},
	"unknown tenant": {"input": object.union(entry({"tenant": "who"}), {"tenant": {"id": "who"}}), "expect": {"action": "cache_bypass", "codes": {"TENANT_UNKNOWN"}}},
	"undeclared activity": {"input": object.union(entry({}), {"activity": {"id": "odd"}}), "expect": {"action": "cache_bypass", "codes": {"PURPOSE_MISSING"}}},
}

test_cases if f.passing(cases) == object.keys(cases)
