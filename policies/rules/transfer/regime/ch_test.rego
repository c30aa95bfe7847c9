package compliance.rules.transfer.regime_ch_test

import rego.v1

import data.compliance.lib.fixtures_test as f

swiss(id) := {"tenant": {"id": "bern"}, "data_subjects": f.from(["CH"]), "candidates": f.to([id])}

denied(id, codes) := {"denials": {id: codes}}

stands(id, to, mechanism) := {"denials": {}, "transfers": {id: {["CH", "CH", to, mechanism]}}}

cases := {
	"at home": {"input": swiss("vendor"), "data": {"targets": {"vendor": {"processing_regions": ["CH-ZH"]}}}, "expect": {"denials": {}, "transfers": {}}},
	"on the Swiss list": {"input": swiss("local"), "expect": stands("local", "DE", "ch-fadp:A16-1")},
	"not on the Swiss list": {"input": swiss("jp"), "expect": object.union(denied("jp", {"TRANSFER_NO_BASIS"}), {"reasons": {{"code": "TRANSFER_NO_BASIS", "rule_id": "transfer.regime", "effect": "deny", "target": "jp", "citation": ["Swiss FADP Art. 16"], "evidence": ["regime:CH", "country:JP"]}}})},
	"Swiss-US framework": {"input": swiss("us-dpf"), "expect": stands("us-dpf", "US", "ch-fadp:A16-1")},
	"EU-US framework only": {"input": swiss("us-dpf"), "data": {"targets": {"us-dpf": {"dpf": {"ch": false}}}}, "expect": denied("us-dpf", {"ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"})},
	"clauses": {"input": swiss("in-scc"), "expect": stands("in-scc", "IN", "ch-fadp:A16-2-d")},
	"no clauses": {"input": swiss("in"), "expect": denied("in", {"TRANSFER_NO_BASIS"})},
	"self-hosted elsewhere": {"input": swiss("local-in"), "expect": denied("local-in", {"RESIDENCY_VIOLATION", "TRANSFER_NO_BASIS"})},
	"another regime": {"input": {"candidates": f.to(["jp"])}, "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
