package compliance.lib.waivers_test

import rego.v1

import data.compliance.lib.fixtures_test as f

exception(patch) := {"exceptions": [object.union({
	"id": "E-1", "tenant": "acme", "activity": "support", "target": "vendor", "waives": ["MINOR_LOCAL_ONLY"],
	"approved_by": ["dpo", "ciso"], "expires": "2026-06-15",
}, patch)]}

child := {"data_subjects": {"minor": "yes"}}

grant(patch) := {"break_glass": object.union({"ticket": "T-1", "role_ok": true, "mfa": true, "approver": "dpo", "expires_at": "2026-06-15T14:00:00Z"}, patch)}

stands := {"denials": {"vendor": {"MINOR_LOCAL_ONLY"}}, "selected": "local", "overrides": {"exceptions": []}}

lifted := {"denials": {}, "selected": "vendor"}

by_exception := object.union(lifted, {"overrides": {"exceptions": [{"id": "E-1", "expires": "2026-06-15", "waived": ["MINOR_LOCAL_ONLY"]}]}})

by_grant := object.union(lifted, {"overrides": {"exceptions": [], "break_glass": {"ticket": "T-1", "approver": "dpo", "expires_at": "2026-06-15T14:00:00Z", "waived": ["MINOR_LOCAL_ONLY"]}}})

cases := {
	"no waiver": {"input": child, "expect": stands},
	"exception, last day": {"input": child, "data": exception({}), "expect": object.union(by_exception, {"reasons": {{"code": "MINOR_LOCAL_ONLY", "rule_id": "special.minor", "effect": "permit", "target": "vendor", "citation": ["GDPR Art. 8; recital 38"], "evidence": [], "waived_by": "E-1"}}})},
	"exception run out": {"input": child, "data": exception({"expires": "2026-06-14"}), "expect": stands},
	"exception ends with null": {"input": child, "data": exception({"expires": null}), "expect": stands},
	"another tenant": {"input": child, "data": exception({"tenant": "shop"}), "expect": stands},
	"tenant missing": {"input": child, "data": exception({}), "remove": ["/data/exceptions/0/tenant"], "expect": stands},
	"another activity": {"input": child, "data": exception({"activity": "care"}), "expect": stands},
	"activity missing": {"input": child, "data": exception({}), "remove": ["/data/exceptions/0/activity"], "expect": stands},
	"another target": {"input": child, "data": exception({"target": "us"}), "expect": stands},
	"target missing": {"input": child, "data": exception({}), "remove": ["/data/exceptions/0/target"], "expect": stands},
	"another code": {"input": child, "data": exception({"waives": ["STATEFUL_STORAGE"]}), "expect": stands},
	"one approver": {"input": child, "data": exception({"approved_by": ["dpo"]}), "expect": stands},
	"the same approver twice": {"input": child, "data": exception({"approved_by": ["dpo", "dpo"]}), "expect": stands},
	"an approver is null": {"input": child, "data": exception({"approved_by": ["dpo", null]}), "expect": stands},
	"no approvers": {"input": child, "data": exception({}), "remove": ["/data/exceptions/0/approved_by"], "expect": stands},
	"id is a number": {"input": child, "data": exception({"id": 7}), "expect": stands},
	"id missing": {"input": child, "data": exception({}), "remove": ["/data/exceptions/0/id"], "expect": stands},
	"created today": {"input": child, "data": exception({"created": "2026-06-15"}), "expect": by_exception},
	"created tomorrow": {"input": child, "data": exception({"created": "2026-06-16"}), "expect": stands},
	"exceptions are null": {"input": child, "data": {"exceptions": null}, "expect": stands},
	"two exceptions": {
		"input": child,
		"data": {"exceptions": array.concat(exception({"id": "E-2"}).exceptions, exception({}).exceptions)},
		"expect": by_exception,
	},
	"the law is not waived": {
		"input": {"candidates": f.to(["in", "local"])}, "data": exception({"target": "in", "waives": ["TRANSFER_NO_BASIS", "NO_DPA"]}), "remove": ["/data/targets/in/dpa"],
		"expect": {"denials": {"in": {"TRANSFER_NO_BASIS", "NO_DPA"}}, "overrides": {"exceptions": []}},
	},
	"one rule of two is lifted": {"input": object.union(child, {"operation": {"stateful": true}}), "data": exception({}), "expect": {"denials": {"vendor": {"STATEFUL_STORAGE"}}}},
	"both rules are lifted": {"input": object.union(child, {"operation": {"stateful": true}}), "data": exception({"waives": ["STATEFUL_STORAGE", "MINOR_LOCAL_ONLY"]}), "expect": object.union(lifted, {"overrides": {"exceptions": [{"id": "E-1", "expires": "2026-06-15", "waived": ["MINOR_LOCAL_ONLY", "STATEFUL_STORAGE"]}]}})},
	"special categories": {
		"input": {"activity": {"id": "care"}, "classification": object.union(f.found(["PERSON"]), {"categories": ["health"]})},
		"data": exception({"activity": "care", "waives": ["SPECIAL_CATEGORY_LOCAL_ONLY"]}),
		"expect": lifted,
	},
	"break-glass": {"input": object.union(child, grant({})), "expect": object.union(by_grant, {"reasons": {{"code": "MINOR_LOCAL_ONLY", "rule_id": "special.minor", "effect": "permit", "target": "vendor", "citation": ["GDPR Art. 8; recital 38"], "evidence": [], "waived_by": "break_glass"}}})},
	"break-glass, transforms stay": {"input": object.union(child, grant({})), "expect": {"action": "redact_and_forward"}},
	"role not eligible": {"input": object.union(child, grant({"role_ok": false})), "expect": stands},
	"role not said": {"input": object.union(child, grant({})), "remove": ["/input/break_glass/role_ok"], "expect": stands},
	"no MFA": {"input": object.union(child, grant({"mfa": false})), "expect": stands},
	"MFA not said": {"input": object.union(child, grant({})), "remove": ["/input/break_glass/mfa"], "expect": stands},
	"no approver": {"input": object.union(child, grant({})), "remove": ["/input/break_glass/approver"], "expect": stands},
	"empty approver": {"input": object.union(child, grant({"approver": " "})), "expect": stands},
	"approver is a number": {"input": object.union(child, grant({"approver": 7})), "expect": stands},
	"approver is the actor": {"input": object.union(child, grant({"approver": "svc"})), "expect": stands},
	"actor not said": {"input": object.union(child, grant({})), "remove": ["/input/actor/id"], "expect": stands},
	"no ticket": {"input": object.union(child, grant({})), "remove": ["/input/break_glass/ticket"], "expect": stands},
	"empty ticket": {"input": object.union(child, grant({"ticket": ""})), "expect": stands},
	"ended now": {"input": object.union(child, grant({"expires_at": "2026-06-15T12:00:00Z"})), "expect": stands},
	"ends in a second": {"input": object.union(child, grant({"expires_at": "2026-06-15T12:00:01Z"})), "expect": lifted},
	"ends in four hours": {"input": object.union(child, grant({"expires_at": "2026-06-15T16:00:00Z"})), "expect": lifted},
	"ends later than that": {"input": object.union(child, grant({"expires_at": "2026-06-15T16:00:01Z"})), "expect": stands},
	"longer by configuration": {"input": object.union(child, grant({"expires_at": "2026-06-15T17:00:00Z"})), "data": {"config": {"break_glass_max_hours": 5}}, "expect": lifted},
	"shorter by configuration": {"input": object.union(child, grant({})), "data": {"config": {"break_glass_max_hours": 1}}, "expect": stands},
	"configuration is text": {"input": object.union(child, grant({})), "data": {"config": {"break_glass_max_hours": "long"}}, "expect": lifted},
	"end is no time": {"input": object.union(child, grant({"expires_at": "later"})), "expect": stands},
	"break-glass waives no law": {"input": object.union(grant({}), {"candidates": f.to(["in", "local"])}), "expect": {"denials": {"in": {"TRANSFER_NO_BASIS"}}, "overrides": {"exceptions": []}}},
	"break-glass waives no gate": {"input": grant({}), "remove": ["/data/activities/support/legal_basis"], "expect": {"codes": {"NO_LEGAL_BASIS"}}},
	"break-glass where nothing stands": {"input": grant({}), "expect": {"selected": "vendor", "overrides": {"exceptions": []}}},
	"an exception comes before break-glass": {"input": object.union(child, grant({})), "data": exception({}), "expect": by_exception},
	"own code, declared waivable": {
		"data": exception({"waives": ["ORG_X"]}), "org": {"house": {"deny": {{"code": "ORG_X", "target": "vendor"}}, "waivable": {"ORG_X"}}},
		"expect": lifted,
	},
	"own code, not declared": {"data": exception({"waives": ["ORG_X"]}), "org": {"house": {"deny": {{"code": "ORG_X", "target": "vendor"}}}}, "expect": {"denials": {"vendor": {"ORG_X"}}}},
	"a code of the law, declared waivable": {
		"input": {"candidates": f.to(["in", "local"])}, "data": exception({"target": "in", "waives": ["TRANSFER_NO_BASIS"]}),
		"org": {"house": {"waivable": {"TRANSFER_NO_BASIS"}}},
		"expect": {"denials": {"in": {"TRANSFER_NO_BASIS"}}},
	},
}

test_cases if f.passing(cases) == object.keys(cases)
