package compliance.rules.obligations.notify_test

import rego.v1

import data.compliance.lib.fixtures_test as f

child := {"tenant": {"id": "acme"}, "data_subjects": {"minor": "yes"}, "classification": {"entities": []}, "break_glass": {"ticket": "T-1", "role_ok": true, "mfa": true, "approver": "dpo", "expires_at": "2026-06-15T14:00:00Z"}}

cases := {
	"lifted": {"input": object.union(child, {"candidates": f.to(["vendor"])}), "expect": {"denials": {}, "obligations": {
		{"id": "obligations.notify", "type": "notify", "on": "permit", "when": "always"},
		{"id": "obligations.post_review", "type": "post_review", "on": "permit", "when": "after_response"},
		{"id": "obligations.response_scan", "type": "response_scan", "on": "permit", "when": "after_response"},
		{"id": "obligations.no_store", "type": "no_store", "on": "permit", "when": "before_egress", "hl7": "DELAU"},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
	}}},
	"nothing to lift": {"input": object.union(child, {"candidates": f.to(["local"])}), "expect": {"duties": {"local": {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}}}},
}

test_cases if f.passing(cases) == object.keys(cases)
