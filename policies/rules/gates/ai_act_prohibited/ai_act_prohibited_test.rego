package compliance.rules.gates.ai_act_prohibited_test

import rego.v1

import data.compliance.lib.fixtures_test as f

registered(class) := {"activities": {"support": {"ai_act": class}}}

refused := {"codes": {"AI_ACT_PROHIBITED"}, "status": 403}

practising(day) := {"activities": {"support": {"ai_practices": ["imagery"]}}, "ai_practices": {"imagery": {"from": day, "citation": "c"}}}

cases := {
	"registered": {"data": registered("prohibited"), "expect": object.union(refused, {"reasons": {{"code": "AI_ACT_PROHIBITED", "rule_id": "gates.ai_act_prohibited", "effect": "deny", "target": null, "citation": ["AI Act Art. 5"], "evidence": []}}})},
	"declared": {"input": {"activity": {"ai_act": "prohibited"}}, "expect": refused},
	"declared for an activity that is not registered": {"input": {"activity": {"id": "unheard", "ai_act": "prohibited"}}, "expect": {"codes": {"PURPOSE_MISSING", "NO_LEGAL_BASIS"}}},
	"nothing personal": {"input": {"classification": {"entities": [], "categories": []}}, "data": registered("prohibited"), "expect": refused},
	"a practice from today": {"data": practising("2026-06-15"), "expect": refused},
	"a practice from tomorrow": {"data": practising("2026-06-16"), "expect": {"codes": set()}},
	"a practice of no day": {"data": practising(null), "expect": refused},
	"a practice that the law does not list": {"data": {"activities": {"support": {"ai_practices": ["other"]}}}, "expect": refused},
	"no practice": {"data": {"activities": {"support": {"ai_practices": []}}}, "expect": {"codes": set()}},
	"high-risk": {"data": registered("high"), "expect": {"codes": set()}},
	"null": {"data": registered(null), "expect": {"codes": set()}},
}

test_cases if f.passing(cases) == object.keys(cases)
