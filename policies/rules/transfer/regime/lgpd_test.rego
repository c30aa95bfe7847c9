package compliance.rules.transfer.regime_lgpd_test

import rego.v1

import data.compliance.lib.fixtures_test as f

brazilian(id) := {"tenant": {"id": "sao"}, "data_subjects": f.from(["BR"]), "candidates": f.to([id])}

denied(id, codes) := {"denials": {id: codes}}

stands(id, to, mechanism) := {"denials": {}, "transfers": {id: {["LGPD", "BR", to, mechanism]}}}

filed(list) := {"tenants": {"sao": {"instruments": [{"kind": "br_scc", "targets": list, "status": "signed"}]}}}

listed(entries) := {"adequacy": {"br": entries}}

cases := {
	"at home": {"input": brazilian("br"), "expect": {"denials": {}, "transfers": {}}},
	"state": {"input": brazilian("br"), "data": {"targets": {"br": {"processing_regions": ["BR-SP"]}}}, "expect": {"denials": {}, "transfers": {}}},
	"EEA": {"input": brazilian("vendor"), "expect": object.union(stands("vendor", "FR", "br-lgpd:A33-I"), {"crossings": {{"regime": "LGPD", "from": "BR", "to": "FR", "mechanism": "br-lgpd:A33-I", "instrument": "adequacy decision", "evidence": ["adequacy:br:EEA"]}}})},
	"EEA, stale": {"input": brazilian("vendor"), "data": {"as_of": "2026-05-15"}, "expect": denied("vendor", {"REGISTRY_STALE", "TRANSFER_NO_BASIS"})},
	"EEA, stale, clauses filed": {"input": brazilian("vendor"), "data": object.union({"as_of": "2026-05-15"}, filed(["vendor"])), "expect": stands("vendor", "FR", "br-lgpd:A33-II")},
	"EEA, clauses filed": {"input": brazilian("vendor"), "data": filed(["vendor"]), "expect": stands("vendor", "FR", "br-lgpd:A33-I")},
	"EEA, the day before the decision": {"input": object.union(brazilian("vendor"), {"time": "2026-01-26T23:59:59Z"}), "data": {"as_of": "2026-01-20"}, "expect": denied("vendor", {"ADEQUACY_NOT_IN_FORCE", "TRANSFER_NO_BASIS"})},
	"EEA, the day of the decision": {"input": object.union(brazilian("vendor"), {"time": "2026-01-27T00:00:00Z"}), "data": {"as_of": "2026-01-20"}, "expect": stands("vendor", "FR", "br-lgpd:A33-I")},
	"EEA, by the list": {
		"input": brazilian("vendor"), "data": listed([{"code": "EEA", "scope": "full", "decision": "Resolution 32", "from": "2026-01-27"}]),
		"expect": {"crossings": {{"regime": "LGPD", "from": "BR", "to": "FR", "mechanism": "br-lgpd:A33-I", "instrument": "Resolution 32", "evidence": ["adequacy:br:EEA"]}}},
	},
	"EEA, revoked": {"input": brazilian("vendor"), "data": listed([{"code": "EEA", "scope": "full", "from": "2026-01-27", "revoked_at": "2026-06-01"}]), "expect": denied("vendor", {"ADEQUACY_REVOKED", "TRANSFER_NO_BASIS"})},
	"EEA, ended": {"input": brazilian("vendor"), "data": listed([{"code": "EEA", "scope": "full", "from": "2026-01-27", "until": "2026-06-01"}]), "expect": denied("vendor", {"ADEQUACY_EXPIRED", "TRANSFER_NO_BASIS"})},
	"EEA, struck off the list": {"input": brazilian("vendor"), "data": listed([]), "expect": denied("vendor", {"TRANSFER_NO_BASIS"})},
	"EEA, of another scope": {"input": brazilian("vendor"), "data": listed([{"code": "EEA", "scope": "organisation", "from": "2026-01-27"}]), "expect": denied("vendor", {"TRANSFER_NO_BASIS"})},
	"a country on the list": {"input": brazilian("gb"), "data": listed([{"code": "GB", "scope": "full", "from": "2026-01-27"}]), "expect": stands("gb", "GB", "br-lgpd:A33-I")},
	"a country not on the list": {"input": brazilian("gb"), "expect": denied("gb", {"TRANSFER_NO_BASIS"})},
	"elsewhere": {"input": brazilian("us"), "expect": object.union(denied("us", {"TRANSFER_NO_BASIS"}), {"reasons": {{"code": "TRANSFER_NO_BASIS", "rule_id": "transfer.regime", "effect": "deny", "target": "us", "citation": ["LGPD Art. 33"], "evidence": ["regime:LGPD", "country:US"]}}})},
	"elsewhere, stale": {"input": brazilian("us"), "data": {"as_of": "2026-05-15"}, "expect": denied("us", {"TRANSFER_NO_BASIS"})},
	"clauses filed": {"input": brazilian("us"), "data": filed(["us"]), "expect": object.union(stands("us", "US", "br-lgpd:A33-II"), {"crossings": {{"regime": "LGPD", "from": "BR", "to": "US", "mechanism": "br-lgpd:A33-II", "instrument": "br_scc", "evidence": ["ev:us:br_scc"]}}})},
	"clauses for another target": {"input": brazilian("us"), "data": filed(["in"]), "expect": denied("us", {"TRANSFER_NO_BASIS"})},
	"clauses are null": {"input": brazilian("us"), "data": filed(null), "expect": denied("us", {"TRANSFER_NO_BASIS"})},
	"self-hosted elsewhere": {"input": brazilian("local-us"), "expect": denied("local-us", {"RESIDENCY_VIOLATION", "TRANSFER_NO_BASIS"})},
	"another regime": {"input": {"candidates": f.to(["us-dpf"])}, "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
