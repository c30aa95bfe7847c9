package compliance.rules.gates.actor_access_test

import rego.v1

import data.compliance.lib.fixtures_test as f

reader(country) := {"actor": {"country": country}}

group(patch) := {"tenants": {"acme": {"intra_group": ["IN"], "instruments": [object.union({"kind": "bcr", "status": "signed", "places": ["IN"]}, patch)]}}}

refused := {"codes": {"ACTOR_ACCESS_TRANSFER"}, "status": 403}

cases := {
	"third country": {"input": reader("IN"), "expect": object.union(refused, {"reasons": {{"code": "ACTOR_ACCESS_TRANSFER", "rule_id": "gates.actor_access", "effect": "deny", "target": null, "citation": ["GDPR Art. 44"], "evidence": ["country:IN"]}}})},
	"not known": {"expect": {"codes": set()}},
	"in the EEA": {"input": reader("NO"), "expect": {"codes": set()}},
	"EU territory": {"input": reader("RE"), "expect": {"codes": set()}},
	"overseas country outside the EU": {"input": reader("FR-NC"), "expect": refused},
	"full decision": {"input": reader("CH"), "expect": {"codes": set()}},
	"full decision, last day": {"input": reader("GB"), "expect": {"codes": set()}},
	"full decision, run out": {"input": object.union(reader("GB"), {"time": "2026-06-16T00:00:00Z"}), "expect": refused},
	"limited decision": {"input": reader("JP"), "expect": refused},
	"framework decision": {"input": reader("US"), "expect": refused},
	"stale legal data": {"input": reader("CH"), "data": {"as_of": "2026-05-15"}, "expect": refused},
	"intra-group": {"input": reader("IN"), "data": group({}), "expect": {"codes": set()}},
	"intra-group without rules": {"input": reader("IN"), "data": {"tenants": {"acme": {"intra_group": ["IN"]}}}, "expect": refused},
	"intra-group under rules that ran out": {"input": reader("IN"), "data": group({"expires": "2026-06-14"}), "expect": refused},
	"intra-group under rules for another country": {"input": reader("IN"), "data": group({"places": ["SG"]}), "expect": refused},
	"intra-group under another contract": {"input": reader("IN"), "data": group({"kind": "scc"}), "expect": refused},
	"a British subject": {"input": object.union(reader("IN"), {"tenant": {"id": "london"}, "data_subjects": f.from(["GB"])}), "expect": refused},
	"a British subject, in Germany": {"input": object.union(reader("DE"), {"tenant": {"id": "london"}, "data_subjects": f.from(["GB"])}), "expect": {"codes": set()}},
	"intra-group, another country": {"input": reader("IN"), "data": {"tenants": {"acme": {"intra_group": ["SG"]}}}, "expect": refused},
	"intra-group is null": {"input": reader("IN"), "data": {"tenants": {"acme": {"intra_group": null}}}, "expect": refused},
	"not under GDPR": {"input": object.union(reader("IN"), {"tenant": {"id": "shop"}, "data_subjects": f.from(["US-WA"])}), "expect": {"codes": set()}},
	"nothing personal": {"input": object.union(reader("IN"), {"classification": {"entities": [], "categories": []}}), "expect": {"codes": set()}},
}

test_cases if f.passing(cases) == object.keys(cases)
