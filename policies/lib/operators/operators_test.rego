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

# How a name, a date and a date of birth are replaced, by what activity and caller say of surrogates.
surrogates(settings, asked) := f.observed(f.decide({
	"input": {"candidates": f.to(["vendor"]), "classification": f.found(["PERSON", "DATE", "DATE_OF_BIRTH"]), "ext": asked},
	"data": {"activities": {"support": settings}, "entity_map": {"DATE_OF_BIRTH": {"kind": "direct"}}},
})).methods

person := {["PERSON", "surrogate_keyed"]}

covered := person | {["DATE_OF_BIRTH", "surrogate_keyed"]}

kept := covered | {["DATE", "surrogate_keyed"]}

moved := person | {["DATE_OF_BIRTH", "date_shift"], ["DATE", "date_shift"]}

lifelike := {["PERSON", "surrogate_realistic"], ["DATE_OF_BIRTH", "date_shift"], ["DATE", "date_shift"]}

# What the activity says -> what holds where the caller says nothing, tokens, date_shift, realistic, or something unknown.
strictest := [
	[{}, covered, covered, moved, lifelike, covered],
	[{"surrogates": null, "date_shift": null}, covered, covered, moved, lifelike, covered],
	[{"surrogates": "tokens"}, covered, covered, kept, kept, covered],
	[{"date_shift": false}, covered, covered, kept, kept, covered],
	[{"date_shift": true}, moved, kept, moved, moved, kept],
	[{"surrogates": "tokens", "date_shift": true}, moved, kept, moved, moved, kept],
	[{"surrogates": "realistic"}, lifelike, kept, moved, lifelike, kept],
	[{"surrogates": "realistic", "date_shift": true}, lifelike, kept, moved, lifelike, kept],
	[{"surrogates": "realistic", "date_shift": false}, lifelike, kept, moved, lifelike, kept],
]

test_the_strictest_of_activity_and_caller if {
	every row in strictest {
		surrogates(row[0], {}) == row[1]
		surrogates(row[0], {"surrogates": "tokens"}) == row[2]
		surrogates(row[0], {"surrogates": "date_shift"}) == row[3]
		surrogates(row[0], {"surrogates": "realistic"}) == row[4]
		surrogates(row[0], {"surrogates": "masks"}) == row[5]
	}
}

# What the obligation to redact says of the way back, by what tenant and activity say.
ways_back(tenant, activity) := [object.get(one, "params", {}) |
	some one in f.observed(f.decide({
		"input": {"classification": f.found(["BANK_ACCOUNT"]), "candidates": f.to(["vendor"])},
		"data": {"tenants": {"acme": tenant}, "activities": {"support": activity}},
	})).obligations
	one.type == "redact"
]

test_removed_values_come_back_unless_tenant_or_activity_says_no if {
	every answered in [{}, {"restore_removed": true}] {
		ways_back(answered, {}) == [{"restore": "exchange"}]
		ways_back({}, answered) == [{"restore": "exchange"}]
		ways_back(answered, {"restore_removed": false}) == [{}]
		ways_back({"restore_removed": false}, answered) == [{}]
	}
}

test_cases if f.passing(cases) == object.keys(cases)
