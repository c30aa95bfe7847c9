package compliance.lib.denials_test

import rego.v1

import data.compliance.lib.fixtures_test as f

cases := {
	"union over rules": {
		"input": {"candidates": f.to(["in", "vendor"]), "data_subjects": {"minor": "yes"}, "operation": {"stateful": true, "name": "image"}},
		"remove": ["/data/targets/in/dpa", "/data/targets/in/training_use"],
		"expect": {"denials": {
			"in": {"TRANSFER_NO_BASIS", "MINOR_LOCAL_ONLY", "STATEFUL_STORAGE", "OPERATION_UNSUPPORTED", "NO_DPA", "TRAINING_USE"},
			"vendor": {"MINOR_LOCAL_ONLY", "STATEFUL_STORAGE", "OPERATION_UNSUPPORTED"},
		}},
	},
	"an overlay denial joins": {
		"input": {"candidates": f.to(["in"])}, "org": {"house": {"deny": {{"code": "ORG_NO", "target": "in"}}}},
		"expect": {"denials": {"in": {"ORG_NO", "TRANSFER_NO_BASIS"}}},
	},
	"an overlay denial of another target": {"org": {"house": {"deny": {{"code": "ORG_NO", "target": "in"}}}}, "expect": {"denials": {}, "status": 200}},
	"an overlay refusal": {"org": {"house": {"deny": {{"code": "ORG_NO"}}}}, "expect": {"action": "block", "codes": {"ORG_NO"}, "status": 403, "reasons": {{"code": "ORG_NO", "rule_id": "org.house", "effect": "deny", "target": null, "citation": [], "evidence": []}}}},
	"odd": {"org": {"house": {"deny": ["ORG_NO"]}}, "expect": {"action": "block", "codes": {"POLICY_UNAVAILABLE"}, "status": 503, "reasons": {{"code": "POLICY_UNAVAILABLE", "rule_id": "org.house", "effect": "deny", "target": null, "citation": [], "evidence": ["answer:deny"]}}}},
}

test_cases if f.passing(cases) == object.keys(cases)

# Every family is asked for denials under some condition; a family that is not named there would never speak.
test_families if {
	families := {family |
		some family, name
		some _ in [data.compliance.rules[family][name].deny]
	} with input as f.request with data.targets as f.document.targets
	families == {"classifier", "hipaa", "processor", "registry", "residency", "special", "transfer", "us"}
}

test_refusals_are_not_denials_of_targets if {
	found := data.compliance.lib.denials.found with input as f.request
		with data.org.house as {"deny": {{"code": "ORG_NO"}}}
		with data.targets as {"vendor": {}, "local": {}}
	{denial.code | some denial in found; startswith(denial.code, "ORG_")} == set()
}
