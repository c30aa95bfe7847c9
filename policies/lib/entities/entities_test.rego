package compliance.lib.entities_test

import rego.v1

import data.compliance.lib.entities

map := {
	"PERSON": {"kind": "direct"}, "DATE": {"kind": "quasi"}, "NATIONAL_ID": {"kind": "govid"}, "BANK_ACCOUNT": {"kind": "fin"},
	"CREDIT_CARD": {"kind": "pan"}, "CVV": {"kind": "sad"}, "CREDENTIAL": {"kind": "secret"}, "MEDICATION": {"kind": "attr"},
	"BELIEF": {"kind": "attr", "categories": ["religious", "political"]}, "NAMELESS": {"kind": null}, "EMPTY": {},
}

found(types) := {"classification": {"entities": [{"type": type, "max_confidence": 0.5} | some type in types]}}

test_kinds if entities.kinds == {"PERSON": "direct", "CVV": "sad", "NEW": "unknown", "EMPTY": "unknown"} with input as found(["PERSON", "CVV", "NEW", "EMPTY"])
	with data.entity_map as map

test_null_kind_identifies if entities.identified with input as found(["NAMELESS"]) with data.entity_map as map

identifies(type) if entities.identified with input as found([type]) with data.entity_map as map

test_identified if {
	{type | some type in ["PERSON", "DATE", "NATIONAL_ID", "BANK_ACCOUNT", "CREDIT_CARD", "CVV", "CREDENTIAL", "MEDICATION", "NEW"]; identifies(type)} == {
		"PERSON", "NATIONAL_ID", "BANK_ACCOUNT", "CREDIT_CARD", "NEW",
	}
}

counted(score, config) := types if {
	types := object.keys(entities.kinds) with input as {"classification": {"entities": [{"type": "PERSON", "max_confidence": score}]}}
		with data.config as config
}

test_threshold if {
	counted(0.35, {"threshold": 0.35}) == {"PERSON"}
	counted(0.349, {"threshold": 0.35}) == set()
	counted(0.5, {"threshold": 0.6}) == set()
	counted(0.35, {}) == {"PERSON"}
	counted(0.34, {}) == set()
	counted(0.35, {"threshold": null}) == {"PERSON"}
	counted(0.34, {"threshold": null}) == set()
}

told(role, tenant, activity) := types if {
	row := {"type": "PERSON", "max_confidence": 0.9, "subject_role": role}
	asked := {"tenant": {"id": "t"}, "activity": {"id": "a"}, "classification": {"entities": [row]}}
	types := object.keys(entities.kinds) with input as asked
		with data.tenants as {"t": tenant}
		with data.activities as {"a": activity}
}

test_public_figures if {
	told("public", {}, {}) == set()
	told("data_subject", {}, {}) == {"PERSON"}
	told("unknown", {}, {}) == {"PERSON"}
	told("public", {"redact_public_figures": true}, {}) == {"PERSON"}
	told("public", {}, {"redact_public_figures": true}) == {"PERSON"}
	told("public", {"redact_public_figures": false}, {"redact_public_figures": null}) == set()
}

test_attribute_categories if entities.attribute_categories == {"health", "religious", "political"} with input as found(["MEDICATION", "BELIEF", "PERSON"])
	with data.entity_map as map

every_attribute := {
	"BIOMETRIC_ID", "CRIMINAL_RECORD", "ETHNICITY", "GENETIC_DATA", "HEALTH_CONDITION", "LAB_OR_PROCEDURE", "MEDICATION",
	"MENTAL_HEALTH", "POLITICAL_OPINION", "RELIGION", "SEXUAL_ORIENTATION", "TRADE_UNION",
}

test_every_attribute if {
	map_of_attributes := {type: {"kind": "attr"} | some type in every_attribute}
	entities.attribute_categories == {
		"biometric", "criminal", "racial_ethnic", "genetic", "health", "political", "religious", "sex_orientation", "trade_union",
	} with input as found(every_attribute) with data.entity_map as map_of_attributes
}

test_attribute_with_null_categories if entities.attribute_categories == {"health"} with input as found(["MEDICATION"])
	with data.entity_map as {"MEDICATION": {"kind": "attr", "categories": null}}

test_attribute_without_category if entities.attribute_categories == set() with input as found(["ODD"]) with data.entity_map as {"ODD": {"kind": "attr"}}
