package compliance.lib.basis_test

import rego.v1

import data.compliance.lib.fixtures_test as f

withdrawn(id) := {"activity": {"id": id, "consent": {"status": "withdrawn"}}}

cases := {
	"ways to write nothing": {"data": {"activities": {"support": {"legal_basis": "None"}}}, "expect": {"codes": {"NO_LEGAL_BASIS"}}},
	"a number is no basis": {"data": {"activities": {"support": {"legal_basis": 6}}}, "expect": {"codes": {"NO_LEGAL_BASIS"}}},
	"a number is no consent": {"input": withdrawn("support"), "data": {"activities": {"support": {"legal_basis": 6}}}, "expect": {"codes": {"NO_LEGAL_BASIS"}}},
	"qualified basis": {"input": withdrawn("support"), "data": {"activities": {"support": {"legal_basis": "eu-gdpr:A6-1-a"}}}, "expect": {"codes": {"CONSENT_WITHDRAWN"}}},
	"a number is no condition": {
		"input": object.union(withdrawn("care"), {"classification": object.union(f.found(["PERSON"]), {"categories": ["health"]})}),
		"data": {"activities": {"care": {"art9": 9}}}, "expect": {"codes": {"NO_ART9_CONDITION"}},
	},
}

test_cases if f.passing(cases) == object.keys(cases)
