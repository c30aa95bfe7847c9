package compliance.rules.obligations.account_disclosure_test

import rego.v1

import data.compliance.lib.fixtures_test as f

phi := {
	"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"]), "ingress": {"region": "US"},
	"classification": object.union(f.found(["PERSON"]), {"categories": ["health"]}),
	"candidates": f.to(["us-baa", "local-us"]),
}

permission(basis) := {"activities": {"patients": {"hipaa_basis": basis, "necessary_entities": ["PERSON"]}}}

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 2190}]}

third := always | {["response_scan", ""], ["no_store", ""]}

accounted := {"duties": {"us-baa": (third | {["account_disclosure", ""]}), "local-us": always}}

not_accounted := {"duties": {"us-baa": third, "local-us": always}}

opted := {"tenants": {"mercy": {"deid_without_baa": true}}}

cases := {
	"public health": {"input": phi, "data": permission("public_health"), "expect": accounted},
	"required by law": {"input": phi, "data": permission("required_by_law"), "expect": accounted},
	"obligation": {"input": object.union(phi, {"candidates": f.to(["us-baa"])}), "data": permission("public_health"), "expect": {"obligations": {
		{"id": "obligations.account_disclosure", "type": "account_disclosure", "on": "permit", "when": "always", "hl7": "AOD"},
		{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
		{"id": "obligations.no_store", "type": "no_store", "on": "permit", "when": "before_egress", "hl7": "DELAU"},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 2190}},
	}}},
	"no permission declared": {"input": phi, "data": permission(""), "remove": ["/data/activities/patients/hipaa_basis"], "expect": accounted},
	"permission is null": {"input": phi, "data": permission(null), "expect": accounted},
	"treatment": {"input": phi, "data": permission("treatment"), "expect": not_accounted},
	"payment": {"input": phi, "data": permission("payment"), "expect": not_accounted},
	"operations": {"input": phi, "data": permission("operations"), "expect": not_accounted},
	"authorization": {"input": phi, "data": permission("authorization"), "expect": not_accounted},
	"individual": {"input": phi, "data": permission("individual"), "expect": not_accounted},
	"incidental": {"input": phi, "data": permission("incidental"), "expect": not_accounted},
	"facility directory": {"input": phi, "data": permission("facility_directory"), "expect": not_accounted},
	"involved in care": {"input": phi, "data": permission("involved_in_care"), "expect": not_accounted},
	"national security": {"input": phi, "data": permission("national_security"), "expect": not_accounted},
	"custody": {"input": phi, "data": permission("custody"), "expect": not_accounted},
	"Safe Harbor": {
		"input": object.union(phi, {"candidates": f.to(["us", "us-baa"])}), "data": object.union(permission("public_health"), opted),
		"expect": {"duties": {"us": (third | {["residual_scan", ""], ["deidentify", {"PERSON"}]}), "us-baa": third | {["account_disclosure", ""]}}},
	},
	"limited data set": {
		"input": object.union(phi, {"activity": {"id": "research"}}),
		"data": {"targets": {"us-baa": {"dua": {"status": "signed", "activities": ["research"]}}}},
		"expect": {"duties": {"us-baa": third | {["residual_scan", ""], ["deidentify", {"PERSON"}]}, "local-us": always}},
	},
	"no tenant under HIPAA": {
		"input": object.union(phi, {"tenant": {"id": "shop"}, "candidates": f.to(["us"]), "classification": {"entities": [], "categories": ["personal"]}}),
		"data": permission("public_health"), "expect": {"duties": {"us": {["log", {"level": "metadata"}], ["retain", {"min_days": 400}], ["response_scan", ""], ["no_store", ""]}}},
	},
}

test_cases if f.passing(cases) == object.keys(cases)
