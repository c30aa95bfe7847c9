package compliance.rules.transfer.localisation_test

import rego.v1

import data.compliance.lib.fixtures_test as f

of(tenant, code, id) := {"tenant": {"id": tenant}, "data_subjects": f.from([code]), "candidates": f.to([id])}

denied(id) := {"denials": {id: {"LOCALISATION"}}}

in_place(code) := {"targets": {"us": {"processing_regions": [code]}}}

cases := {
	"Russian abroad": {"input": of("moscow", "RU", "us"), "expect": object.union(denied("us"), {"reasons": {{"code": "LOCALISATION", "rule_id": "transfer.localisation", "effect": "deny", "target": "us", "citation": ["152-FZ Art. 18(5)", "KSA PDPL Art. 29"], "evidence": ["country:US"]}}, "regimes": ["RU"]})},
	"Russian at home": {"input": of("moscow", "RU", "us"), "data": in_place("RU"), "expect": {"denials": {}}},
	"Russian in Saudi Arabia": {"input": of("moscow", "RU", "us"), "data": in_place("SA"), "expect": denied("us")},
	"Saudi abroad": {"input": of("riyadh", "SA", "us"), "expect": object.union(denied("us"), {"regimes": ["KSA"]})},
	"Saudi at home": {"input": of("riyadh", "SA", "us"), "data": in_place("SA-01"), "expect": {"denials": {}}},
	"self-hosted abroad": {"input": of("riyadh", "SA", "local-us"), "expect": denied("local-us")},
	"subject only": {"input": of("shop", "RU", "us"), "expect": denied("us")},
	"partly abroad": {"input": of("moscow", "RU", "us"), "data": {"targets": {"us": {"processing_regions": ["RU", "US"]}}}, "expect": denied("us")},
	"nothing personal": {"input": object.union(of("moscow", "RU", "us"), {"classification": {"entities": [], "categories": []}}), "expect": {"denials": {}}},
	"another regime": {"input": {"candidates": f.to(["us-dpf"])}, "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
