package compliance.rules.transfer.regime_uk_test

import rego.v1

import data.compliance.lib.fixtures_test as f

british(id) := {"tenant": {"id": "london"}, "data_subjects": f.from(["GB"]), "candidates": f.to([id])}

denied(id, codes) := {"denials": {id: codes}}

stands(id, to, mechanism) := {"denials": {}, "transfers": {id: {["UK", "GB", to, mechanism]}}}

cases := {
	"at home": {"input": british("gb"), "expect": {"denials": {}, "transfers": {}}},
	"nation": {"input": british("gb"), "data": {"targets": {"gb": {"processing_regions": ["GB-SCT"]}}}, "expect": {"denials": {}, "transfers": {}}},
	"on the UK list": {"input": british("vendor"), "data": {"targets": {"vendor": {"processing_regions": ["DE"]}}}, "expect": stands("vendor", "DE", "uk-gdpr:A45")},
	"not on the UK list": {"input": british("br"), "expect": object.union(denied("br", {"TRANSFER_NO_BASIS"}), {"reasons": {{"code": "TRANSFER_NO_BASIS", "rule_id": "transfer.regime", "effect": "deny", "target": "br", "citation": ["UK GDPR Art. 45", "UK GDPR Art. 46"], "evidence": ["regime:UK", "country:BR"]}}})},
	"UK Extension": {"input": british("us-dpf"), "expect": stands("us-dpf", "US", "uk-gdpr:A45")},
	"without the UK Extension": {"input": british("us-dpf"), "data": {"targets": {"us-dpf": {"dpf": {"uk": false}}}}, "expect": denied("us-dpf", {"ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"})},
	"commercial recipient": {"input": british("ca-pipeda"), "expect": stands("ca-pipeda", "CA", "uk-gdpr:A45")},
	"public recipient": {"input": british("ca"), "expect": denied("ca", {"ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"})},
	"addendum": {"input": british("in-scc"), "expect": object.union(stands("in-scc", "IN", "uk-gdpr:A46-idta"), {"crossings": {{"regime": "UK", "from": "GB", "to": "IN", "mechanism": "uk-gdpr:A46-idta", "instrument": "uk_idta", "evidence": ["ev:in-scc:uk_idta", "tia-1"]}}})},
	"EU clauses do not count": {"input": british("in-scc"), "remove": ["/data/targets/in-scc/uk_idta"], "expect": denied("in-scc", {"TRANSFER_NO_BASIS"})},
	"addendum, assessment run out": {"input": british("in-scc"), "data": {"targets": {"in-scc": {"tia": {"expires": "2026-06-14"}}}}, "expect": denied("in-scc", {"TIA_EXPIRED", "TRANSFER_NO_BASIS"})},
	"stale": {"input": british("in-scc"), "data": {"as_of": "2026-05-15"}, "expect": denied("in-scc", {"REGISTRY_STALE", "TRANSFER_NO_BASIS"})},
	"self-hosted elsewhere": {"input": british("local-in"), "expect": denied("local-in", {"RESIDENCY_VIOLATION", "TRANSFER_NO_BASIS"})},
	"British subject of a German tenant": {
		"input": object.union(british("gb"), {"tenant": {"id": "acme"}}),
		"expect": {"denials": {}, "transfers": {"gb": {["GDPR", "EEA", "GB", "eu-gdpr:A45-3"]}}, "regimes": ["GDPR", "UK"]},
	},
	"another regime": {"input": {"candidates": f.to(["br"])}, "expect": {"denials": {}, "transfers": {"br": {["GDPR", "EEA", "BR", "eu-gdpr:A45-3"]}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
