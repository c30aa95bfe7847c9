package compliance.rules.special.special_category_test

import rego.v1

import data.compliance.lib.fixtures_test as f

health := {"activity": {"id": "care"}, "classification": object.union(f.found(["PERSON"]), {"categories": ["health"]})}

allowed := {"activities": {"care": {"allow_third_party_special": true}}}

denied := {"denials": {"vendor": {"SPECIAL_CATEGORY_LOCAL_ONLY"}}}

british := {"tenant": {"id": "london"}, "data_subjects": f.from(["GB"]), "candidates": f.to(["gb"])}

swiss := {"tenant": {"id": "bern"}, "data_subjects": f.from(["CH"]), "candidates": f.to(["vendor"])}

inferred(types, labels) := {
	"tenant": {"id": "mercy"}, "data_subjects": f.from(["US-TX"]), "candidates": f.to(["us-baa"]),
	"classification": object.union(f.found(types), {"labels": labels}),
}

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
			"classification": {"entities": [], "categories": [], "labels": ["health", "personal"]},
		},
		"expect": {"denials": {"us-baa": {"SPECIAL_CATEGORY_LOCAL_ONLY"}}},
	},
	"a label personal stays one beside a name": {
		"input": {
			"activity": {"id": "patients"}, "tenant": {"id": "mercy"}, "data_subjects": f.from(["US-TX"]), "candidates": f.to(["us-baa"]),
			"classification": {"labels": ["health", "personal"]},
		},
		"expect": {"denials": {"us-baa": {"SPECIAL_CATEGORY_LOCAL_ONLY"}}},
	},
	"health information, context inferred": {"input": inferred(["PERSON", "HEALTH_CONDITION"], []), "expect": {"denials": {}}},
	"health information by a label of health": {"input": inferred(["PERSON"], ["health"]), "expect": {"denials": {}}},
	"labels missing": {"input": inferred(["PERSON", "HEALTH_CONDITION"], []), "remove": ["/input/classification/labels"], "expect": {"denials": {}}},
	"inferred, something special beside health": {
		"input": inferred(["PERSON", "HEALTH_CONDITION", "TRADE_UNION"], []),
		"expect": {"denials": {"us-baa": {"SPECIAL_CATEGORY_LOCAL_ONLY"}}},
	},
	"inferred, labelled personal": {"input": inferred(["PERSON", "HEALTH_CONDITION"], ["personal"]), "expect": {"denials": {"us-baa": {"SPECIAL_CATEGORY_LOCAL_ONLY"}}}},
	"inferred, of a Briton": {
		"input": object.union(inferred(["PERSON", "HEALTH_CONDITION"], []), {"data_subjects": f.from(["GB"])}),
		"data": {"activities": {"support": {"art9": "A9-2-h"}}, "targets": {"us-baa": f.clauses}},
		"expect": {"denials": {"us-baa": {"SPECIAL_CATEGORY_LOCAL_ONLY"}}},
	},
	"declared, something special beside health": {
		"input": object.union(inferred(["PERSON", "HEALTH_CONDITION", "TRADE_UNION"], []), {"activity": {"id": "patients"}}),
		"expect": {"denials": {}},
	},
	"a home that detection guessed": {
		"input": object.union(health, {
			"tenant": {"id": "shop"}, "candidates": f.to(["vendor"]),
			"data_subjects": {"regions": [{"code": "US-WA", "source": "declared"}, {"code": "DE", "source": "detected"}]},
		}),
		"data": allowed, "expect": denied,
	},
	"a home that is declared": {
		"input": object.union(health, {"tenant": {"id": "shop"}, "candidates": f.to(["vendor"]), "data_subjects": f.from(["US-WA", "DE"])}),
		"data": allowed, "expect": {"denials": {}},
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
