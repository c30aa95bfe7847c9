package compliance.rules.residency.region_indeterminate_test

import rego.v1

import data.compliance.lib.fixtures_test as f

only(id) := {"candidates": f.to([id])}

denied(id) := {id: {"REGION_INDETERMINATE"}}

cases := {
	"global": {"input": only("global"), "expect": {"denials": denied("global"), "codes": {"NO_COMPLIANT_TARGET", "REGION_INDETERMINATE"}, "reasons": {{"code": "REGION_INDETERMINATE", "rule_id": "residency.region_indeterminate", "effect": "deny", "target": "global", "citation": ["GDPR Art. 44"], "evidence": []}}}},
	"global with a place": {"input": only("vendor"), "data": {"targets": {"vendor": {"deployment": "global"}}}, "expect": {"denials": denied("vendor"), "places": {"vendor": "unknown"}}},
	"deployment missing": {"input": only("vendor"), "remove": ["/data/targets/vendor/deployment"], "expect": {"denials": denied("vendor")}},
	"deployment unheard of": {"input": only("vendor"), "data": {"targets": {"vendor": {"deployment": "orbital"}}}, "expect": {"denials": denied("vendor")}},
	"data zone": {"input": only("vendor"), "data": {"targets": {"vendor": {"deployment": "datazone", "processing_regions": ["FR", "DE"]}}}, "expect": {"denials": {}, "places": {"vendor": "FR,DE"}}},
	"answered from elsewhere": {"input": {"candidates": [{"target": "vendor", "available": true, "misplaced": true}, {"target": "local", "available": true}]}, "expect": {"denials": denied("vendor"), "selected": "local", "places": {"vendor": "unknown", "local": "DE"}}},
	"answered from elsewhere is odd": {"input": {"candidates": [{"target": "vendor", "available": true, "misplaced": "no"}]}, "expect": {"denials": denied("vendor"), "places": {"vendor": "unknown"}}},
	"answered from where it is": {"input": {"candidates": [{"target": "vendor", "available": true, "misplaced": false}]}, "expect": {"denials": {}}},
	"no places": {"input": only("vendor"), "data": {"targets": {"vendor": {"processing_regions": []}}}, "expect": {"denials": denied("vendor")}},
	"no places, but storage": {"input": object.union(only("vendor"), {"operation": {"stateful": true}}), "data": {"activities": {"support": {"allow_stateful": true}}, "targets": {"vendor": {"processing_regions": []}}}, "expect": {"denials": denied("vendor")}},
	"places missing": {"input": only("vendor"), "remove": ["/data/targets/vendor/processing_regions"], "expect": {"denials": denied("vendor")}},
	"places are null": {"input": only("vendor"), "data": {"targets": {"vendor": {"processing_regions": null}}}, "expect": {"denials": denied("vendor")}},
	"places are an object": {"input": only("vendor"), "data": {"targets": {"vendor": {"processing_regions": {"first": "FR"}}}}, "expect": {"denials": denied("vendor")}},
	"a place is null": {"input": only("vendor"), "data": {"targets": {"vendor": {"processing_regions": ["FR", null]}}}, "expect": {"denials": denied("vendor")}},
	"a place is no code": {"input": only("vendor"), "data": {"targets": {"vendor": {"processing_regions": ["FR", "somewhere"]}}}, "expect": {"denials": denied("vendor")}},
	"storage unknown, nothing retained": {"input": only("vendor"), "data": {"targets": {"vendor": {"storage_regions": []}}}, "expect": {"denials": {}}},
	"storage unknown, retained": {"input": only("vendor"), "data": {"targets": {"vendor": {"storage_regions": [], "retention_days": 1}}}, "expect": {"denials": denied("vendor")}},
	"storage null, retained": {"input": only("vendor"), "data": {"targets": {"vendor": {"storage_regions": null, "retention_days": 1}}}, "expect": {"denials": denied("vendor")}},
	"storage unknown, stateful": {
		"input": object.union(only("vendor"), {"operation": {"stateful": true}}),
		"data": {"activities": {"support": {"allow_stateful": true}}, "targets": {"vendor": {"storage_regions": []}}},
		"expect": {"denials": denied("vendor")},
	},
	"retention null": {"input": only("vendor"), "data": {"targets": {"vendor": {"storage_regions": ["IN"], "retention_days": null}}}, "expect": {"denials": {"vendor": {"TRANSFER_NO_BASIS"}}}},
	"retention missing": {"input": only("vendor"), "data": {"targets": {"vendor": {"storage_regions": ["IN"]}}}, "remove": ["/data/targets/vendor/retention_days"], "expect": {"denials": {"vendor": {"TRANSFER_NO_BASIS"}}}},
	"no regime": {"input": object.union(only("global"), {"tenant": {"id": "shop"}, "data_subjects": f.from(["US-WA"])}), "expect": {"denials": {}}},
	"nothing personal": {"input": object.union(only("global"), {"classification": {"entities": [], "categories": []}}), "expect": {"denials": {}, "action": "forward"}},
	"health information": {"input": object.union(only("global"), {"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"])}), "data": {"targets": {"global": f.agreement}}, "expect": {"denials": denied("global")}},
	"health information, offshore allowed": {
		"input": object.union(only("global"), {"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"])}),
		"data": {"targets": {"global": f.agreement}, "tenants": {"mercy": {"offshore_phi": true}}},
		"expect": {"denials": {}},
	},
	"self-hosted": {"input": only("local"), "data": {"targets": {"local": {"processing_regions": []}}}, "expect": {"denials": denied("local")}},
}

test_cases if f.passing(cases) == object.keys(cases)
