package compliance.rules.special.special_category_test

import rego.v1

import data.compliance.lib.fixtures_test as f

health := {"activity": {"id": "care"}, "classification": object.union(f.found(["PERSON"]), {"categories": ["health"]})}

allowed := {"activities": {"care": {"allow_third_party_special": true}}}

denied := {"denials": {"vendor": {"SPECIAL_CATEGORY_LOCAL_ONLY"}}}

british := {"tenant": {"id": "london"}, "data_subjects": f.from(["GB"]), "candidates": f.to(["gb"])}

swiss := {"tenant": {"id": "bern"}, "data_subjects": f.from(["CH"]), "candidates": f.to(["vendor"])}

cases := {
	"by default": {"input": health, "expect": object.union(denied, {"selected": "local", "reasons": {{"code": "SPECIAL_CATEGORY_LOCAL_ONLY", "rule_id": "special.special_category", "effect": "deny", "target": "vendor", "citation": ["GDPR Art. 9", "GDPR Art. 25"], "evidence": []}}})},
	"allowed, at home, nothing retained": {"input": health, "data": allowed, "expect": {"denials": {}, "selected": "vendor"}},
	"allowed is null": {"input": health, "data": {"activities": {"care": {"allow_third_party_special": null}}}, "expect": denied},
	"retention": {"input": health, "data": object.union(allowed, {"targets": {"vendor": {"zero_retention": false}}}), "expect": denied},
	"retention not said": {"input": health, "data": allowed, "remove": ["/data/targets/vendor/zero_retention"], "expect": denied},
	"abroad": {"input": object.union(health, {"candidates": f.to(["gb"])}), "data": allowed, "expect": {"denials": {"gb": {"SPECIAL_CATEGORY_LOCAL_ONLY"}}}},
	"one place abroad": {"input": health, "data": object.union(allowed, {"targets": {"vendor": {"processing_regions": ["FR", "GB"]}}}), "expect": denied},
	"nothing special": {"expect": {"denials": {}}},
	"trade union": {"input": object.union(health, {"classification": {"categories": ["trade_union"]}}), "expect": denied},
	"special in data only": {"input": health, "data": {"config": {"special": ["genetic"]}}, "expect": {"denials": {}}},
	"nobody identified": {"input": object.union(health, {"classification": object.union(f.found(["HEALTH_CONDITION"]), {"categories": ["health"]})}), "expect": {"denials": {}, "action": "forward"}},
	"UK at home": {"input": object.union(health, british), "data": allowed, "expect": {"denials": {}}},
	"UK elsewhere": {"input": object.union(object.union(health, british), {"candidates": f.to(["vendor"])}), "data": allowed, "expect": {"denials": {"vendor": {"SPECIAL_CATEGORY_LOCAL_ONLY", "TRANSFER_NO_BASIS"}}}},
	"Switzerland elsewhere": {"input": object.union(health, swiss), "data": allowed, "expect": {"denials": {"vendor": {"SPECIAL_CATEGORY_LOCAL_ONLY", "TRANSFER_NO_BASIS"}}}},
	"Switzerland at home": {"input": object.union(health, swiss), "data": object.union(allowed, {"targets": {"vendor": {"processing_regions": ["CH"]}}}), "expect": {"denials": {}}},
	"two homes": {"input": object.union(health, {"data_subjects": f.from(["DE", "GB"])}), "data": allowed, "expect": {"denials": {"vendor": {"SPECIAL_CATEGORY_LOCAL_ONLY", "TRANSFER_NO_BASIS"}}}},
	"no home": {
		"input": object.union(health, {"tenant": {"id": "shop"}, "data_subjects": f.from(["US-WA"]), "candidates": f.to(["us"])}), "data": allowed,
		"expect": {"denials": {"us": {"SPECIAL_CATEGORY_LOCAL_ONLY"}}},
	},
	"indeterminate": {"input": object.union(health, {"candidates": f.to(["global"])}), "data": allowed, "expect": {"denials": {"global": {"SPECIAL_CATEGORY_LOCAL_ONLY", "REGION_INDETERMINATE"}}}},
	"health information": {
		"input": object.union(health, {"activity": {"id": "patients"}, "tenant": {"id": "mercy"}, "data_subjects": f.from(["US-TX"]), "candidates": f.to(["us-baa"])}),
		"expect": {"denials": {}},
	},
	"health information by label only": {
		"input": {
			"activity": {"id": "patients"}, "tenant": {"id": "mercy"}, "data_subjects": f.from(["US-TX"]), "candidates": f.to(["us-baa"]),
			"classification": {"entities": [], "labels": ["health"]},
		},
		"expect": {"denials": {"us-baa": {"SPECIAL_CATEGORY_LOCAL_ONLY"}}},
	},
	"unreadable health information": {
		"input": {
			"activity": {"id": "patients"}, "tenant": {"id": "mercy"}, "data_subjects": f.from(["US-TX"]), "candidates": f.to(["us-baa"]),
			"classification": {"entities": [], "labels": ["health"], "status": "partial"},
		},
		"expect": {"denials": {"us-baa": {"CLASSIFIER_PARTIAL"}}},
	},
}

test_cases if f.passing(cases) == object.keys(cases)
