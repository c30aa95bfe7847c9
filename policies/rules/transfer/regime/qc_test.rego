package compliance.rules.transfer.regime_qc_test

import rego.v1

import data.compliance.lib.fixtures_test as f

quebec(id) := {"tenant": {"id": "laval"}, "data_subjects": f.from(["CA-QC"]), "candidates": f.to([id])}

assessed(targets) := {"tenants": {"laval": {"instruments": [{"kind": "qc_pia", "targets": targets, "status": "signed"}]}}}

denied(id) := {"denials": {id: {"QC_PIA_MISSING"}}}

cases := {
	"in Quebec": {"input": quebec("ca"), "data": {"targets": {"ca": {"processing_regions": ["CA-QC"]}}}, "expect": {"denials": {}, "transfers": {}}},
	"in Ontario": {"input": quebec("ca"), "data": {"targets": {"ca": {"processing_regions": ["CA-ON"]}}}, "expect": denied("ca")},
	"in Canada": {"input": quebec("ca"), "expect": object.union(denied("ca"), {"reasons": {{"code": "QC_PIA_MISSING", "rule_id": "transfer.regime", "effect": "deny", "target": "ca", "citation": ["Quebec Act P-39.1 s. 17"], "evidence": ["regime:QC", "country:CA"]}}})},
	"abroad": {"input": quebec("us"), "expect": denied("us")},
	"assessed": {"input": quebec("us"), "data": assessed(["us"]), "expect": {"denials": {}, "transfers": {"us": {["QC", "CA-QC", "US", "ca-qc:s17"]}}, "crossings": {{"regime": "QC", "from": "CA-QC", "to": "US", "mechanism": "ca-qc:s17", "instrument": "qc_pia", "evidence": ["ev:us:qc_pia"]}}}},
	"assessed for another target": {"input": quebec("us"), "data": assessed(["in"]), "expect": denied("us")},
	"assessments are null": {"input": quebec("us"), "data": assessed(null), "expect": denied("us")},
	"self-hosted abroad": {"input": quebec("local"), "expect": denied("local")},
	"another province": {"input": object.union(quebec("us"), {"tenant": {"id": "shop"}, "data_subjects": f.from(["CA-ON"])}), "expect": {"denials": {"us": {"LAW_UNKNOWN"}}}},
	"subject only": {"input": object.union(quebec("us"), {"tenant": {"id": "shop"}}), "expect": denied("us")},
	"nothing personal": {"input": object.union(quebec("us"), {"classification": {"entities": [], "categories": []}}), "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
