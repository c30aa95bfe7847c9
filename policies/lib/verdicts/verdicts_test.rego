package compliance.lib.verdicts_test

import rego.v1

import data.compliance.lib.fixtures_test as f

without(type) := {"pep": {"obligations_supported": [kind | some kind in f.supported; kind != type]}}

cases := {
	"in the order given": {"expect": {"order": [["vendor", 0], ["local", 1]], "permitted": ["vendor", "local"], "selected": "vendor", "places": {"vendor": "FR", "local": "DE"}}},
	"by rank": {"input": {"candidates": [{"target": "vendor", "available": true, "rank": 7}, {"target": "local", "available": true, "rank": 3}]}, "expect": {"order": [["local", 3], ["vendor", 7]], "selected": "local", "action": "pin_local"}},
	"equal ranks": {"input": {"candidates": [{"target": "vendor", "available": true, "rank": 1}, {"target": "local", "available": true, "rank": 1}]}, "expect": {"order": [["vendor", 1], ["local", 1]], "selected": "vendor"}},
	"first is down": {"input": {"candidates": [{"target": "vendor", "available": false}, {"target": "local", "available": true}]}, "expect": {"permitted": ["vendor", "local"], "selected": "local", "status": 200}},
	"availability in words": {"input": {"candidates": [{"target": "vendor", "available": "yes"}, {"target": "local", "available": true}]}, "expect": {"permitted": ["vendor", "local"], "selected": "local"}},
	"first is denied": {"input": {"candidates": f.to(["in", "vendor"])}, "expect": {"permitted": ["vendor"], "selected": "vendor", "order": [["in", 0], ["vendor", 1]]}},
	"all are down": {"input": {"candidates": [{"target": "vendor", "available": false}]}, "expect": {"action": "block", "effect": "deny", "permitted": ["vendor"], "selected": null, "status": 503, "codes": {"NO_COMPLIANT_TARGET"}, "advice": "every permitted target is down: retry later"}},
	"causes in the order of the candidates": {
		"input": {"candidates": f.to(["global", "in", "nowhere", "gb"])}, "data": {"targets": {"gb": {"dpa": null, "training_use": true}}},
		"expect": {"block_codes": ["NO_COMPLIANT_TARGET", "REGION_INDETERMINATE", "TRANSFER_NO_BASIS", "TARGET_UNREGISTERED", "NO_DPA", "TRAINING_USE"], "status": 403},
	},
	"causes in another order": {
		"input": {"candidates": f.to(["nowhere", "in", "global"])},
		"expect": {"block_codes": ["NO_COMPLIANT_TARGET", "TARGET_UNREGISTERED", "TRANSFER_NO_BASIS", "REGION_INDETERMINATE"]},
	},
	"down is not refused": {
		"input": {"candidates": [{"target": "in", "available": true}, {"target": "vendor", "available": false}]},
		"expect": {"block_codes": ["NO_COMPLIANT_TARGET"], "status": 503},
	},
	"all are denied": {"input": {"candidates": f.to(["in"])}, "expect": {"action": "block", "effect": "deny", "permitted": [], "selected": null, "status": 403, "codes": {"NO_COMPLIANT_TARGET", "TRANSFER_NO_BASIS"}, "advice": ""}},
	"denied and down": {"input": {"candidates": [{"target": "in", "available": false}]}, "expect": {"status": 403}},
	"unsupported": {"input": without("pseudonymize"), "expect": {"denials": {"vendor": {"OBLIGATION_UNSUPPORTED"}}, "selected": "local", "reasons": {{"code": "OBLIGATION_UNSUPPORTED", "rule_id": "verdicts.obligation_unsupported", "effect": "deny", "target": "vendor", "citation": ["XACML 3.0 s. 7.18"], "evidence": {"obligation:pseudonymize"}}}}},
	"unsupported and denied": {"input": object.union(without("pseudonymize"), {"candidates": f.to(["in"])}), "expect": {"denials": {"in": {"TRANSFER_NO_BASIS"}}}},
	"unsupported, not asked for": {"input": without("mask"), "expect": {"denials": {}}},
	"nothing supported": {"input": {"pep": {"obligations_supported": []}}, "expect": {"denials": {"vendor": {"OBLIGATION_UNSUPPORTED"}, "local": {"OBLIGATION_UNSUPPORTED"}}, "codes": {"NO_COMPLIANT_TARGET", "OBLIGATION_UNSUPPORTED"}, "status": 403}},
	"support in an odd shape": {"input": {"candidates": f.to(["local"]), "pep": {"obligations_supported": {"a": "log", "b": "retain"}}}, "expect": {"denials": {"local": {"OBLIGATION_UNSUPPORTED"}}}},
	"no enforcement point": {"remove": ["/input/pep"], "expect": {"denials": {"vendor": {"OBLIGATION_UNSUPPORTED"}, "local": {"OBLIGATION_UNSUPPORTED"}}}},
	"several subjects' regions": {"input": {"tenant": {"id": "shop"}, "data_subjects": f.from(["DE", "CN"]), "candidates": f.to(["vendor", "cn"])}, "expect": {"action": "block", "advice": "split the batch by the region of its data subjects", "denials": {"vendor": {"LOCALISATION"}, "cn": {"TRANSFER_NO_BASIS"}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
