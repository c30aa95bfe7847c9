package compliance.rules.obligations.post_review_test

import rego.v1

import data.compliance.lib.fixtures_test as f

child := {"data_subjects": {"minor": "yes"}, "classification": {"entities": []}, "candidates": f.to(["vendor", "local"])}

grant := {"break_glass": {"ticket": "T-1", "role_ok": true, "mfa": true, "approver": "dpo", "expires_at": "2026-06-15T14:00:00Z"}}

always := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

third := always | {["response_scan", ""], ["no_store", ""]}

cases := {
	"break-glass": {"input": object.union(child, grant), "expect": {"duties": {"vendor": (third | {["notify", ""], ["post_review", ""]}), "local": always}}},
	"exception": {
		"input": child,
		"data": {"exceptions": [{"id": "E-1", "tenant": "acme", "activity": "support", "target": "vendor", "waives": ["MINOR_LOCAL_ONLY"], "approved_by": ["a", "b"], "expires": "2026-06-15"}]},
		"expect": {"duties": {"vendor": third, "local": always}},
	},
}

test_cases if f.passing(cases) == object.keys(cases)
