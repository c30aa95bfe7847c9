package compliance_test

import rego.v1

import data.compliance.lib.fixtures_test as f

phi := {"tenant": {"id": "mercy"}, "activity": {"id": "patients"}, "data_subjects": f.from(["US-TX"]), "candidates": f.to(["us-baa", "local-us"])}

cases := {
	"forward": {"input": {"classification": {"entities": [], "categories": []}}, "expect": {"action": "forward", "effect": "permit", "selected": "vendor", "status": 200, "codes": set(), "advice": ""}},
	"redact and forward": {"expect": {"action": "redact_and_forward", "effect": "permit", "selected": "vendor", "status": 200, "codes": set()}},
	"mask and forward": {"input": {"classification": f.found(["CREDIT_CARD"])}, "expect": {"action": "redact_and_forward"}},
	"remove and forward": {"input": {"classification": f.found(["NATIONAL_ID"])}, "expect": {"action": "redact_and_forward"}},
	"pin local": {"input": {"candidates": f.to(["local"])}, "expect": {"action": "pin_local", "effect": "permit", "selected": "local"}},
	"block": {"input": {"candidates": f.to(["in"])}, "expect": {"action": "block", "effect": "deny", "selected": null, "status": 403, "codes": {"NO_COMPLIANT_TARGET", "TRANSFER_NO_BASIS"}}},
	"all gates are reported": {
		"input": {"classification": {"categories": ["health", "criminal"]}, "data_subjects": {"restricted": true}, "actor": {"country": "IN"}},
		"data": {"activities": {"support": {"ai_act": "prohibited"}}},
		"remove": ["/data/activities/support/legal_basis"],
		"expect": {"codes": {"NO_LEGAL_BASIS", "NO_ART9_CONDITION", "NO_ART10_AUTHORITY", "SUBJECT_RESTRICTED", "ACTOR_ACCESS_TRANSFER", "AI_ACT_PROHIBITED"}, "status": 403, "order": []},
	},
	"fallback is authorised anew": {"input": {"phase": "fallback", "candidates": f.to(["in", "local"])}, "expect": {"selected": "local", "denials": {"in": {"TRANSFER_NO_BASIS"}}}},
	"legal context": {"input": {"activity": {"id": "care"}}, "expect": {"legal": {"regimes": ["GDPR"], "activity": "care", "controller": "acme", "legal_basis": "A6-1-e", "art9_condition": "A9-2-h"}}},
	"legal context under HIPAA": {"input": phi, "expect": {"legal": {"regimes": ["HIPAA"], "activity": "patients", "controller": "mercy", "hipaa_basis": "treatment"}}},
	"legal context without nulls": {"data": {"activities": {"support": {"art9": null}}}, "expect": {"legal": {"regimes": ["GDPR"], "activity": "support", "controller": "acme", "legal_basis": "A6-1-b"}}},
	"legal context of a refusal": {"input": {"activity": {"id": "care"}, "data_subjects": {"restricted": true}}, "expect": {"codes": {"SUBJECT_RESTRICTED"}, "legal": {"regimes": ["GDPR"], "activity": "care", "controller": "acme", "legal_basis": "A6-1-e", "art9_condition": "A9-2-h"}}},
	"no legal context without who": {"input": {"activity": {"id": 7}}, "expect": {"action": "block", "legal": {}}},
	"policy": {"expect": {"policy": {"bundle": "baseline", "revision": "unbundled", "data_revision": "test.1"}}},
	"bundle": {"data": {"bundle": {"name": "b", "revision": "r"}}, "expect": {"policy": {"bundle": "b", "revision": "r", "data_revision": "test.1"}}},
	"bundle of nulls": {"data": {"bundle": {"name": null, "revision": null}}, "expect": {"policy": {"bundle": "baseline", "revision": "unbundled", "data_revision": "test.1"}}},
	"data revision unknown": {"remove": ["/data/revision"], "expect": {"policy": {"bundle": "baseline", "revision": "unbundled", "data_revision": "unknown"}, "status": 503}},
	"one region": {"input": {"candidates": f.to(["in"])}, "expect": {"advice": ""}},
	"two regions, permitted": {"input": {"data_subjects": f.from(["DE", "US"])}, "expect": {"advice": "", "status": 200}},
	"two codes of one region": {"input": {"data_subjects": f.from(["DE", "DE"]), "candidates": f.to(["in"])}, "expect": {"advice": "", "status": 403}},
}

test_cases if f.passing(cases) == object.keys(cases)

test_identity if {
	answer := f.decide({})
	[answer.schema_version, answer.decision_id, answer.request_id, answer.time] == ["1", "d-r-1", "r-1", "2026-06-15T12:00:00Z"]
}

test_identity_of_a_refusal if {
	answer := f.decide({"input": {"tenant": {"id": "who"}}})
	[answer.schema_version, answer.decision_id, answer.request_id, answer.time] == ["1", "d-r-1", "r-1", "2026-06-15T12:00:00Z"]
}

test_identity_of_an_unusable_request if {
	answer := f.decide({"remove": ["/input/request_id", "/input/time"]})
	[answer.schema_version, answer.decision_id, answer.request_id, answer.time] == ["1", "d-unknown", "unknown", "1970-01-01T00:00:00Z"]
}

test_identity_of_an_odd_time if {
	answer := f.decide({"input": {"time": "now", "request_id": 7}})
	[answer.decision_id, answer.request_id, answer.time, answer.http_status] == ["d-unknown", "unknown", "1970-01-01T00:00:00Z", 503]
}

test_deterministic if f.decide({"input": {"candidates": f.to(["gb", "in", "vendor"])}}) == f.decide({"input": {"candidates": f.to(["gb", "in", "vendor"])}})
