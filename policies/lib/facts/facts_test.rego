package compliance.lib.facts_test

import rego.v1

import data.compliance.lib.fixtures_test as f

candidates := f.to(["vendor"])

unmarked := {"input": {"classification": {"entities": [], "categories": []}}}

patient(types, more) := object.union(
	{
		"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"]), "candidates": f.to(["us-scc", "us-baa"]),
		"classification": object.union(f.found(types), {"categories": []}),
	},
	more,
)

undeclared := {"activity": {"id": "support"}}

ill(types) := {"classification": object.union(f.found(array.concat(["HEALTH_CONDITION"], types)), {"categories": []})}

# What the product then does: only the target with an agreement may have it.
protected := {"regimes": ["HIPAA"], "permitted": ["us-baa"], "denials": {"us-scc": {"NO_BAA"}}}

open_to_all := {"regimes": [], "permitted": ["us-scc", "us-baa"]}

american := {"tenant": {"id": "shop"}, "data_subjects": f.from(["US-WA"]), "candidates": f.to(["us"])}

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
	"no regime": {"input": {"tenant": {"id": "shop"}, "data_subjects": f.from(["US", "PH", "HK", "CA-ON", "CA", "NC"])}, "expect": {"regimes": []}},
	"HIPAA": {"input": {"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US"])}, "expect": {"regimes": ["HIPAA"]}},
	"an unknown tenant is not under HIPAA": {
		"input": {"tenant": {"id": "nobody", "hipaa_role": "covered_entity"}, "activity": {"id": "patients"}, "data_subjects": f.from(["BR"])},
		"expect": {"codes": {"TENANT_UNKNOWN", "NO_LEGAL_BASIS"}},
	},
	"patient, one quasi identifier": {"input": patient(["HEALTH_CONDITION", "ZIP_CODE"], {}), "expect": protected},
	"patient, each of the list": {"input": patient(["HEALTH_CONDITION", "DATE"], {}), "expect": protected},
	"patient, a place": {"input": patient(["HEALTH_CONDITION", "LOCATION"], {}), "expect": protected},
	"patient, an address of the web": {"input": patient(["HEALTH_CONDITION", "URL"], {}), "expect": protected},
	"patient, a quasi identifier that Safe Harbor does not list": {"input": patient(["HEALTH_CONDITION", "PROFESSION"], {}), "expect": open_to_all},
	"patient, an age": {"input": patient(["HEALTH_CONDITION", "AGE"], {}), "expect": open_to_all},
	"patient, an age above 89": {"input": patient(["HEALTH_CONDITION", "AGE"], {"ext": {"age_over_89": true}}), "expect": protected},
	"patient, health by label": {"input": patient(["ZIP_CODE"], {"classification": {"labels": ["health"]}}), "expect": protected},
	"patient, an appointment": {"input": patient(["DATE"], {}), "expect": protected},
	"patient, below the threshold": {"input": patient(["HEALTH_CONDITION"], {"classification": {"entities": [{"type": "HEALTH_CONDITION", "max_confidence": 0.9}, {"type": "ZIP_CODE", "max_confidence": 0.3}]}}), "expect": open_to_all},
	"context not declared, one": {"input": patient(["HEALTH_CONDITION", "ZIP_CODE"], undeclared), "expect": open_to_all},
	"context not declared, two": {"input": patient(["HEALTH_CONDITION", "ZIP_CODE", "DATE"], undeclared), "expect": protected},
	"context not declared, one and an age": {"input": patient(["HEALTH_CONDITION", "ZIP_CODE", "AGE"], undeclared), "expect": open_to_all},
	"context not declared, one and an age above 89": {"input": patient(["HEALTH_CONDITION", "ZIP_CODE", "AGE"], object.union(undeclared, {"ext": {"age_over_89": true}})), "expect": protected},
	"context is inferred by name": {"input": patient(["HEALTH_CONDITION", "ZIP_CODE", "DATE"], undeclared), "data": {"activities": {"support": {"phi_context": "infer"}}}, "expect": protected},
	"context is none": {"input": patient(["HEALTH_CONDITION", "ZIP_CODE", "DATE"], {"activity": {"id": "staff"}}), "expect": open_to_all},
	"no covered entity": {"input": object.union(american, ill(["ZIP_CODE", "DATE"])), "expect": {"regimes": [], "permitted": ["us"]}},
	"patient, identifying by the map": {
		"input": patient(["HEALTH_CONDITION", "PROFESSION"], {}), "data": {"entity_map": {"PROFESSION": {"identifies": ["HIPAA"]}}},
		"expect": protected,
	},
	"patient, not identifying by the map": {
		"input": patient(["HEALTH_CONDITION", "ZIP_CODE"], {}), "data": {"entity_map": {"ZIP_CODE": {"identifies": ["GDPR"]}}},
		"expect": open_to_all,
	},
	"singled out": {"input": ill(["AGE", "ZIP_CODE"]), "expect": {"codes": {"NO_ART9_CONDITION"}}},
	"singled out, other special content": {"input": {"classification": object.union(f.found(["TRADE_UNION", "PROFESSION", "LOCATION"]), {"categories": []})}, "expect": {"codes": {"NO_ART9_CONDITION"}}},
	"one quasi identifier": {"input": ill(["ZIP_CODE"]), "expect": {"regimes": [], "action": "forward"}},
	"two of one type": {"input": {"classification": {"entities": [{"type": "HEALTH_CONDITION", "max_confidence": 0.9}, {"type": "DATE", "max_confidence": 0.9}, {"type": "DATE", "max_confidence": 0.5}], "categories": []}}, "expect": {"regimes": [], "action": "forward"}},
	"a quasi identifier of no person": {"input": ill(["ABA_ROUTING", "ZIP_CODE"]), "expect": {"regimes": [], "action": "forward"}},
	"two quasi identifiers, nothing special": {"input": {"classification": object.union(f.found(["AGE", "ZIP_CODE"]), {"categories": ["financial"]})}, "expect": {"regimes": [], "action": "forward"}},
	"singled out in the United Kingdom": {"input": object.union(ill(["AGE", "ZIP_CODE"]), {"tenant": {"id": "london"}, "data_subjects": f.from(["GB"])}), "expect": {"codes": {"NO_ART9_CONDITION"}}},
	"singled out in the United States": {"input": object.union(american, ill(["AGE", "ZIP_CODE"])), "expect": {"regimes": [], "permitted": ["us"]}},
	"singled out, a European in the United States": {"input": object.union(object.union(american, ill(["AGE", "ZIP_CODE"])), {"data_subjects": f.from(["DE"])}), "expect": {"codes": {"NO_ART9_CONDITION"}}},
	"singled out somewhere": {
		"input": object.union(object.union(american, ill(["AGE", "ZIP_CODE"])), {"data_subjects": {"regions": [], "region_status": "unknown"}}),
		"expect": {"denials": {"us": {"SUBJECT_REGION_UNKNOWN", "SPECIAL_CATEGORY_LOCAL_ONLY"}}},
	},
	"singled out, anonymised": {"input": ill(["AGE", "ZIP_CODE"]), "data": {"activities": {"support": {"anonymisation_ref": "A-1"}}}, "expect": {"regimes": [], "action": "forward"}},
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

test_alike if {
	entry := f.third_party(["US"])
	entries := {"b": entry, "a": entry, "c": object.union(entry, {"retention_days": 1}), "d": entry}
	asked := object.union(f.request, {"candidates": f.to(["d", "c", "b", "a", "none"])})
	plain := data.compliance.lib.facts.alike with input as asked with data.targets as entries with data.tenants as f.document.tenants
	plain == {"a": {"a", "b", "d"}, "c": {"c"}}

	every named in [{"targets": ["b"]}, {"targets": ["b"], "providers": ["house"]}] {
		tenants := object.union(f.document.tenants, {"acme": {"instruments": [object.union({"kind": "scc"}, named)]}})
		apart := data.compliance.lib.facts.alike with input as asked with data.targets as entries with data.tenants as tenants
		apart == alike_with(named)
	}
}

alike_with(named) := {"a": {"a", "d"}, "b": {"b"}, "c": {"c"}} if not named.providers

else := {"a": {"a", "b", "d"}, "c": {"c"}}

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
