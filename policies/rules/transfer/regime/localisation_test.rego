package compliance.rules.transfer.regime_localisation_test

import rego.v1

import data.compliance.lib.fixtures_test as f

of(tenant, code, id) := {"tenant": {"id": tenant}, "data_subjects": f.from([code]), "candidates": f.to([id])}

denied(id) := {"denials": {id: {"LOCALISATION"}}}

in_place(code) := {"targets": {"us": {"processing_regions": [code]}}}

cases := {
	"Russian abroad": {"input": of("moscow", "RU", "us"), "expect": object.union(denied("us"), {"reasons": {{"code": "LOCALISATION", "rule_id": "transfer.regime", "effect": "deny", "target": "us", "citation": ["152-FZ Art. 18(5)"], "evidence": ["regime:RU", "country:US"]}}, "regimes": ["RU"]})},
	"Russian at home": {"input": of("moscow", "RU", "us"), "data": in_place("RU"), "expect": {"denials": {}}},
	"Russian in Saudi Arabia": {"input": of("moscow", "RU", "us"), "data": in_place("SA"), "expect": denied("us")},
	"Saudi abroad": {"input": of("riyadh", "SA", "us"), "expect": object.union(denied("us"), {"regimes": ["KSA"]})},
	"Saudi clauses and an assessment": {"input": of("riyadh", "SA", "us"), "data": {"tenants": {"riyadh": {"instruments": [{"kind": "sa_clauses", "targets": ["us"], "status": "signed"}, {"kind": "sa_risk_assessment", "targets": ["us"], "status": "signed"}]}}}, "expect": {"denials": {}, "transfers": {"us": {["KSA", "SA", "US", "sa-pdpl:A29-clauses"]}}}},
	"Saudi clauses alone": {"input": of("riyadh", "SA", "us"), "data": {"tenants": {"riyadh": {"instruments": [{"kind": "sa_clauses", "targets": ["us"], "status": "signed"}]}}}, "expect": denied("us")},
	"Saudi at home": {"input": of("riyadh", "SA", "us"), "data": in_place("SA-01"), "expect": {"denials": {}}},
	"self-hosted abroad": {"input": of("riyadh", "SA", "local-us"), "expect": denied("local-us")},
	"subject only": {"input": of("shop", "RU", "us"), "expect": denied("us")},
	"partly abroad": {"input": of("moscow", "RU", "us"), "data": {"targets": {"us": {"processing_regions": ["RU", "US"]}}}, "expect": denied("us")},
	"nothing personal": {"input": object.union(of("moscow", "RU", "us"), {"classification": {"entities": [], "categories": []}}), "expect": {"denials": {}}},
	"another regime": {"input": {"candidates": f.to(["us-dpf"])}, "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
