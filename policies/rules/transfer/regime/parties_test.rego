package compliance.rules.transfer.regime_parties_test

import rego.v1

import data.compliance.lib.fixtures_test as f

cases := {
	"each code once per place": {
		"input": {"candidates": f.to(["in"])},
		"data": {"as_of": "2026-05-15", "activities": {"support": {"art49": "A49-1-a"}}, "targets": {"in": {"scc": {"status": "signed"}}}},
		"expect": {"denials": {"in": {"REGISTRY_STALE", "TIA_MISSING", "ART49_NOT_SYSTEMATIC", "TRANSFER_NO_BASIS"}}},
	},
	"clauses by name": {
		"input": {"candidates": f.to(["in-scc"])}, "remove": ["/data/targets/in-scc/scc/decision", "/data/targets/in-scc/scc/ref"],
		"expect": {"crossings": {{"regime": "GDPR", "from": "EEA", "to": "IN", "mechanism": "eu-gdpr:A46-2-c", "instrument": "scc", "evidence": ["ev:in-scc:scc", "tia-1"]}}},
	},
}

named(parties) := {"config": {"named_contracts": ["scc", "tia"]}, "targets": {"in-scc": {
	"scc": {"tenants": parties.scc},
	"tia": {"tenants": parties.tia},
}}}

parties_cases := {
	"both name the tenant": {"input": {"candidates": f.to(["in-scc"])}, "data": named({"scc": ["acme"], "tia": ["acme"]}), "expect": {"denials": {}}},
	"somebody else's clauses": {"input": {"candidates": f.to(["in-scc"])}, "data": named({"scc": ["clinic"], "tia": ["acme"]}), "expect": {"denials": {"in-scc": {"TRANSFER_NO_BASIS"}}}},
	"somebody else's assessment": {"input": {"candidates": f.to(["in-scc"])}, "data": named({"scc": ["acme"], "tia": ["clinic"]}), "expect": {"denials": {"in-scc": {"TIA_MISSING", "TRANSFER_NO_BASIS"}}}},
	"somebody else's assessment that ran out": {
		"input": {"candidates": f.to(["in-scc"])}, "data": object.union(named({"scc": ["acme"], "tia": ["clinic"]}), {"targets": {"in-scc": {"tia": {"expires": "2020-01-01", "tenants": ["clinic"]}, "scc": {"tenants": ["acme"]}}}}),
		"expect": {"denials": {"in-scc": {"TIA_MISSING", "TRANSFER_NO_BASIS"}}},
	},
	"nobody named": {"input": {"candidates": f.to(["in-scc"])}, "data": {"config": {"named_contracts": ["scc"]}}, "expect": {"denials": {"in-scc": {"TRANSFER_NO_BASIS"}}}},
}

test_parties if f.passing(parties_cases) == object.keys(parties_cases)

test_cases if f.passing(cases) == object.keys(cases)
