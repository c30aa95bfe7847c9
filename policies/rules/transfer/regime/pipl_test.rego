package compliance.rules.transfer.regime_pipl_test

import rego.v1

import data.compliance.lib.fixtures_test as f

chinese(id) := {"tenant": {"id": "pekin"}, "data_subjects": f.from(["CN"]), "candidates": f.to([id])}

denied(id) := {"denials": {id: {"LOCALISATION"}}}

filed(patch) := {"tenants": {"pekin": {"instruments": [object.union({"kind": "cn_mechanism", "status": "signed", "decision": "standard_contract_filed", "targets": ["us"], "expires": "2026-06-15"}, patch)]}}}

cases := {
	"at home": {"input": chinese("cn"), "expect": {"denials": {}, "transfers": {}}},
	"Hong Kong": {"input": chinese("cn"), "data": {"targets": {"cn": {"processing_regions": ["HK"]}}}, "expect": denied("cn")},
	"abroad": {"input": chinese("us"), "expect": object.union(denied("us"), {"reasons": {{"code": "LOCALISATION", "rule_id": "transfer.regime", "effect": "deny", "target": "us", "citation": ["PIPL Art. 38"], "evidence": ["regime:PIPL", "country:US"]}}})},
	"mechanism": {"input": chinese("us"), "data": filed({}), "expect": {"denials": {}, "crossings": {{"regime": "PIPL", "from": "CN", "to": "US", "mechanism": "cn-pipl:A38", "instrument": "standard_contract_filed", "evidence": ["ev:us:cn_mechanism"]}}}},
	"mechanism without type": {"input": chinese("us"), "data": filed({}), "remove": ["/data/tenants/pekin/instruments/0/decision"], "expect": {"denials": {}, "transfers": {"us": {["PIPL", "CN", "US", "cn-pipl:A38"]}}}},
	"mechanism for another target": {"input": chinese("in"), "data": filed({}), "expect": denied("in")},
	"mechanism run out": {"input": chinese("us"), "data": filed({"expires": "2026-06-14"}), "expect": denied("us")},
	"mechanism ends with null": {"input": chinese("us"), "data": filed({"expires": null}), "expect": denied("us")},
	"targets are null": {"input": chinese("us"), "data": filed({"targets": null}), "expect": denied("us")},
	"self-hosted abroad": {"input": chinese("local"), "expect": denied("local")},
	"another regime": {"input": {"candidates": f.to(["us-dpf"])}, "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
