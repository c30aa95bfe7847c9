package compliance.lib.actor_test

import rego.v1

import data.compliance.lib.fixtures_test as f

cases := {
	"intra-group state": {"input": {"actor": {"country": "US-NY"}}, "data": {"tenants": {"acme": {"intra_group": ["US-CA"], "instruments": [{"kind": "bcr", "status": "signed", "places": ["US"]}]}}}, "expect": {"codes": set()}},
	"declared intra-group": {"input": {"actor": {"country": "IN"}, "tenant": {"intra_group": ["IN"]}}, "expect": {"codes": {"ACTOR_ACCESS_TRANSFER"}}},
}

test_cases if f.passing(cases) == object.keys(cases)
