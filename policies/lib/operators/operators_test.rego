package compliance.lib.operators_test

import rego.v1

import data.compliance.lib.fixtures_test as f

phi := {
	"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"]),
	"candidates": f.to(["us"]), "classification": f.found(["PERSON", "HEALTH_CONDITION"]),
}

cases := {
	"attributes are not identifying": {
		"input": phi, "data": {"tenants": {"mercy": {"deid_without_baa": true}}},
		"expect": {"duties": {"us": {
			["deidentify", {"PERSON"}], ["residual_scan", ""], ["response_scan", ""], ["no_store", ""], ["log", {"level": "metadata"}], ["retain", {"min_days": 2190}],
		}}},
	},
}

test_cases if f.passing(cases) == object.keys(cases)
