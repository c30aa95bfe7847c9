package compliance.rules.hipaa.dua_test

import rego.v1

import data.compliance.lib.fixtures_test as f

phi := {
	"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"]), "ingress": {"region": "US"},
	"classification": object.union(f.found(["PERSON", "NATIONAL_ID"]), {"categories": ["health"]}),
	"candidates": f.to(["us", "us-baa", "local-us"]),
}

research := object.union(phi, {"activity": {"id": "research"}, "candidates": f.to(["us-baa"])})

agreed(patch) := {"targets": {"us-baa": {"dua": object.union({"ref": "dua-1", "status": "signed", "expires": "2026-06-15", "activities": ["research"]}, patch)}}}

denied := {"denials": {"us-baa": {"NO_DUA"}}}

cases := {
	"agreement": {"input": research, "data": agreed({}), "expect": {"denials": {}}},
	"only a BAA": {"input": research, "expect": object.union(denied, {"reasons": {{"code": "NO_DUA", "rule_id": "hipaa.dua", "effect": "deny", "target": "us-baa", "citation": ["45 CFR 164.514(e)(4)"], "evidence": ["ev:us-baa:dua"]}}})},
	"expired": {"input": research, "data": agreed({"expires": "2026-06-14"}), "expect": object.union(denied, {"reasons": {{"code": "NO_DUA", "rule_id": "hipaa.dua", "effect": "deny", "target": "us-baa", "citation": ["45 CFR 164.514(e)(4)"], "evidence": ["dua-1"]}}})},
	"unsigned": {"input": research, "data": agreed({"status": "lapsed"}), "expect": denied},
	"another activity": {"input": research, "data": agreed({"activities": ["patients"]}), "expect": denied},
	"activities are null": {"input": research, "data": agreed({"activities": null}), "expect": denied},
	"not research": {"input": object.union(phi, {"candidates": f.to(["us-baa"])}), "expect": {"denials": {}}},
	"no health information": {"input": object.union(research, {"tenant": {"id": "shop"}, "classification": {"categories": []}}), "expect": {"denials": {}}},
	"instead of the notes": {"input": research, "data": {"activities": {"research": {"psychotherapy_notes": true, "part2": true}}}, "expect": denied},
	"self-hosted": {"input": object.union(research, {"candidates": f.to(["local-us"])}), "expect": {"denials": {}}},
}

test_cases if f.passing(cases) == object.keys(cases)
