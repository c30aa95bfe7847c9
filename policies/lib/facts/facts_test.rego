package compliance.lib.facts_test

import rego.v1

import data.compliance.lib.fixtures_test as f

candidates := f.to(["vendor"])

unmarked := {"input": {"classification": {"entities": [], "categories": []}}}

cases := {
	"identifier": {"input": {"classification": {"categories": []}}, "expect": {"regimes": ["GDPR"]}},
	"category": {"input": {"classification": {"entities": []}}, "expect": {"regimes": ["GDPR"]}},
	"label": {"input": {"classification": {"entities": [], "categories": [], "labels": ["personal"]}}, "expect": {"regimes": ["GDPR"]}},
	"labels missing": {"input": {"classification": {"entities": [], "categories": []}}, "remove": ["/input/classification/labels"], "expect": {"regimes": []}},
	"public label lowers nothing": {"input": {"classification": {"labels": ["public"]}}, "expect": {"regimes": ["GDPR"]}},
	"nothing": {"input": {"classification": {"entities": [], "categories": []}}, "expect": {"regimes": [], "action": "forward"}},
	"quasi-identifier": {"input": {"classification": object.union(f.found(["DATE"]), {"categories": []})}, "expect": {"regimes": []}},
	"unreadable": {"input": {"classification": {"entities": [], "categories": [], "status": "partial"}}, "expect": {"regimes": ["GDPR"]}},
	"opaque": {"input": {"classification": {"entities": [], "categories": [], "opaque_parts": [{}]}}, "expect": {"regimes": ["GDPR"]}},
	"anonymised": {"input": {"classification": {"entities": [], "anonymisation_ref": "A-1"}}, "expect": {"regimes": [], "action": "forward"}},
	"anonymised by an empty reference": {"input": {"classification": {"entities": [], "anonymisation_ref": ""}}, "expect": {"regimes": ["GDPR"]}},
	"anonymised by blanks": {"input": {"classification": {"entities": [], "anonymisation_ref": " "}}, "expect": {"regimes": ["GDPR"]}},
	"anonymised by the activity": {
		"input": {"classification": {"entities": []}}, "data": {"activities": {"support": {"anonymisation_ref": "A-1"}}},
		"expect": {"regimes": [], "action": "forward"},
	},
	"anonymised by the activity, an identifier left": {"data": {"activities": {"support": {"anonymisation_ref": "A-1"}}}, "expect": {"regimes": ["GDPR"]}},
	"anonymised by a number": {"input": {"classification": {"entities": [], "anonymisation_ref": 7}}, "expect": {"regimes": ["GDPR"]}},
	"anonymised, an identifier left": {"input": {"classification": {"anonymisation_ref": "A-1"}}, "expect": {"regimes": ["GDPR"]}},
	"anonymised, an identifier under the threshold": {"input": {"classification": {"entities": [{"type": "PERSON", "max_confidence": 0.2}], "anonymisation_ref": "A-1"}}, "expect": {"regimes": []}},
	"anonymised, something residual": {"input": {"classification": {"entities": [], "residual_entities": 1, "anonymisation_ref": "A-1"}}, "expect": {"regimes": ["GDPR"]}},
	"anonymised, residual not said": {"input": {"classification": {"entities": [], "anonymisation_ref": "A-1"}}, "remove": ["/input/classification/residual_entities"], "expect": {"regimes": ["GDPR"]}},
	"anonymised, unreadable": {"input": {"classification": {"entities": [], "status": "failed", "anonymisation_ref": "A-1"}}, "expect": {"regimes": ["GDPR"]}},
	"declared establishment": {"input": {"tenant": {"id": "shop", "establishments": ["GB"]}, "data_subjects": f.from(["US"])}, "expect": {"regimes": ["UK"]}},
	"every origin": {"input": {"tenant": {"id": "shop"}, "data_subjects": f.from(["NO", "GB-SCT", "CH", "BR", "CA-QC", "CN", "RU", "SA", "US"])}, "expect": {"regimes": ["CH", "GDPR", "KSA", "LGPD", "PIPL", "QC", "RU", "UK"]}},
	"no regime": {"input": {"tenant": {"id": "shop"}, "data_subjects": f.from(["US", "IN", "HK", "CA-ON", "CA", "NC"])}, "expect": {"regimes": []}},
	"HIPAA": {"input": {"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US"])}, "expect": {"regimes": ["HIPAA"]}},
	"an unknown tenant is not under HIPAA": {
		"input": {"tenant": {"id": "nobody", "hipaa_role": "covered_entity"}, "activity": {"id": "patients"}, "data_subjects": f.from(["BR"])},
		"expect": {"codes": {"TENANT_UNKNOWN", "NO_LEGAL_BASIS"}},
	},
	"special through an attribute of the map": {
		"input": {"classification": f.found(["PERSON", "BELIEF"])}, "data": {"entity_map": {"BELIEF": {"kind": "attr", "categories": ["religious"]}}},
		"expect": {"codes": {"NO_ART9_CONDITION"}},
	},
}

test_cases if f.passing(cases) == object.keys(cases)

test_activity_is_an_object if {
	every odd in [null, "care", ["care"]] {
		not data.compliance.lib.facts.activity with input as f.request with data.activities as {"support": odd}
	}
}

test_identified_is_not_anonymised if {
	classified := object.union(f.request, {"classification": {"anonymisation_ref": "A-1"}})
	not data.compliance.lib.facts.anonymised with input as classified with data.entity_map as f.document.entity_map
}

test_stateful_counts_storage if {
	places := data.compliance.lib.facts.places with input as object.union(f.request, {"operation": {"stateful": true}, "candidates": f.to(["vendor"])})
		with data.targets as {"vendor": object.union(f.third_party(["FR"]), {"storage_regions": ["DE"]})}
	places == {"vendor": ["FR", "DE"]}
}

test_places_without_storage if {
	places := data.compliance.lib.facts.places with input as object.union(f.request, {"candidates": f.to(["vendor"])})
		with data.targets as {"vendor": object.union(f.third_party(["FR"]), {"storage_regions": ["DE"]})}
	places == {"vendor": ["FR"]}
}

test_registry_is_not_walked if {
	known := data.compliance.lib.facts.registered with input as object.union(f.request, {"candidates": f.to(["a", "b"])})
		with data.targets as {"a": {"operator": "self"}, "b": "text", "c": {}}
	known == {"a": {"operator": "self"}}
}

registry := {"a": {"operator": "self", "provider": "p"}, "b": {"operator": "third_party", "provider": "q"}, "c": "text"}

test_third_party_entries if {
	entries := data.compliance.lib.facts.third_party with input as object.union(f.request, {"candidates": f.to(["a", "b", "c"])})
		with data.targets as registry
	entries == {"b": registry.b}
}

test_providers if {
	found := data.compliance.lib.facts.provider with input as object.union(f.request, {"candidates": f.to(["a", "b", "c"])})
		with data.targets as registry
		with data.providers as {"p": {"legal_name": "P"}}
	found == {"a": {"legal_name": "P"}}
}

test_indeterminate if {
	ids := data.compliance.lib.facts.indeterminate with input as object.union(f.request, {"candidates": f.to(["a", "global", "vendor"])})
		with data.targets as object.union(f.document.targets, registry)
	ids == {"a", "global"}
}

test_third_parties if {
	ids := data.compliance.lib.facts.third_parties with input as object.union(f.request, {"candidates": f.to(["a", "b", "c"])})
		with data.targets as {"a": {"operator": "self"}, "b": {"operator": null}, "c": {}}
	ids == {"b", "c"}
}
