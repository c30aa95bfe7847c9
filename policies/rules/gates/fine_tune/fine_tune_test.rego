package compliance.rules.gates.fine_tune_test

import rego.v1

import data.compliance.lib.fixtures_test as f

tuning := {"operation": {"name": "fine_tune"}}

allowed(value) := {"activities": {"support": {"allow_training": value}}}

refused := {"codes": {"FINE_TUNE_PERSONAL_DATA"}, "status": 403}

cases := {
	"personal": {"input": tuning, "expect": object.union(refused, {"reasons": {{"code": "FINE_TUNE_PERSONAL_DATA", "rule_id": "gates.fine_tune", "effect": "deny", "target": null, "citation": ["GDPR Art. 5(1)(b)", "GDPR Art. 17"], "evidence": []}}})},
	"allowed": {"input": tuning, "data": allowed(true), "expect": {"codes": set()}},
	"allowed is null": {"input": tuning, "data": allowed(null), "expect": refused},
	"not allowed": {"input": tuning, "data": allowed(false), "expect": refused},
	"nothing personal": {"input": object.union(tuning, {"classification": {"entities": [], "categories": []}}), "expect": {"codes": set()}},
	"another operation": {"expect": {"codes": set()}},
	"outside GDPR": {"input": object.union(tuning, {"tenant": {"id": "shop"}, "data_subjects": f.from(["US-WA"])}), "expect": refused},
}

test_cases if f.passing(cases) == object.keys(cases)
