package compliance.rules.gates.art9_condition_test

import rego.v1

import data.compliance.lib.fixtures_test as f

health := {"classification": object.union(f.found(["PERSON"]), {"categories": ["health"]})}

refused := {"codes": {"NO_ART9_CONDITION"}, "status": 403}

cases := {
	"no condition": {"input": health, "expect": object.union(refused, {"reasons": {{"code": "NO_ART9_CONDITION", "rule_id": "gates.art9_condition", "effect": "deny", "target": null, "citation": ["GDPR Art. 9(2)"], "evidence": []}}})},
	"condition": {"input": object.union(health, {"activity": {"id": "care"}}), "expect": {"codes": set()}},
	"condition is null": {"input": object.union(health, {"activity": {"id": "care"}}), "data": {"activities": {"care": {"art9": null}}}, "expect": refused},
	"condition is empty": {"input": object.union(health, {"activity": {"id": "care"}}), "data": {"activities": {"care": {"art9": ""}}}, "expect": refused},
	"nothing special": {"expect": {"codes": set()}},
	"nobody identified": {"input": {"classification": object.union(f.found(["HEALTH_CONDITION"]), {"categories": ["health"]})}, "expect": {"codes": set()}},
	"attribute without category": {"input": {"classification": f.found(["PERSON", "TRADE_UNION"])}, "expect": refused},
	"caller's label": {"input": {"classification": {"labels": ["religious"]}}, "expect": refused},
	"local target does not cure it": {"input": object.union(health, {"candidates": f.to(["local"])}), "expect": refused},
	"unreadable beside what was read": {"input": {"classification": {"status": "partial", "categories": ["health"]}}, "expect": refused},
	"opaque beside what was read": {"input": {"classification": {"opaque_parts": [{}], "labels": ["health"]}}, "expect": refused},
	"unreadable, nobody identified by what was read": {
		"input": {"classification": object.union(f.found(["HEALTH_CONDITION"]), {"status": "partial", "categories": ["health"]})},
		"expect": {"codes": set(), "selected": "local"},
	},
	"unreadable, nothing special in what was read": {"input": {"classification": {"status": "failed"}}, "expect": {"codes": set(), "selected": "local"}},
	"singled out": {"input": {"classification": object.union(f.found(["HEALTH_CONDITION", "DATE", "ZIP_CODE"]), {"categories": []})}, "expect": refused},
	"UK": {"input": object.union(health, {"tenant": {"id": "london"}, "data_subjects": f.from(["GB"])}), "expect": refused},
	"Switzerland": {"input": object.union(health, {"tenant": {"id": "bern"}, "data_subjects": f.from(["CH"]), "candidates": f.to(["local"])}), "expect": {"codes": set()}},
	"HIPAA content of a German": {"input": object.union(health, {"tenant": {"id": "mercy"}, "activity": {"id": "patients"}}), "expect": {"codes": {"NO_ART9_CONDITION", "NO_LEGAL_BASIS"}}},
}

test_cases if f.passing(cases) == object.keys(cases)
