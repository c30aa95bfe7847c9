package compliance.lib.transfer_test

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

test_cases if f.passing(cases) == object.keys(cases)
