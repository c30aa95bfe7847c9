package compliance.rules.processor.dpa_test

import rego.v1

import data.compliance.lib.fixtures_test as f

denied := {"denials": {"vendor": {"NO_DPA"}}, "selected": "local"}

contract(patch) := {"targets": {"vendor": {"dpa": patch}}}

cases := {
	"signed, last day": {"expect": {"denials": {}, "selected": "vendor"}},
	"missing": {"remove": ["/data/targets/vendor/dpa"], "expect": denied},
	"unsigned": {"data": contract({"status": "missing"}), "expect": denied},
	"no status": {"remove": ["/data/targets/vendor/dpa/status"], "expect": denied},
	"expired": {"data": contract({"expires": "2026-06-14"}), "expect": denied},
	"expiry is null": {"data": contract({"expires": null}), "expect": denied},
	"expiry is no day": {"data": contract({"expires": "soon"}), "expect": denied},
	"no expiry": {"remove": ["/data/targets/vendor/dpa/expires"], "expect": {"denials": {}}},
	"signed today": {"data": contract({"signed_on": "2026-06-15"}), "expect": {"denials": {}}},
	"signed tomorrow": {"data": contract({"signed_on": "2026-06-16"}), "expect": denied},
	"null": {"data": contract(null), "expect": denied},
	"nothing personal": {
		"input": {"classification": {"entities": [], "categories": []}},
		"remove": ["/data/targets/vendor/dpa"],
		"expect": {"denials": {}, "action": "forward"},
	},
	"self-hosted": {"input": {"candidates": f.to(["local"])}, "expect": {"denials": {}, "action": "pin_local"}},
	"operator unknown": {
		"input": {"candidates": f.to(["local"])},
		"remove": ["/data/targets/local/operator"],
		"expect": {"denials": {"local": {"NO_DPA", "TRAINING_USE"}}},
	},
	"reason": {
		"remove": ["/data/targets/vendor/dpa/status"],
		"expect": {"reasons": {{
			"code": "NO_DPA", "rule_id": "processor.dpa", "effect": "deny", "target": "vendor",
			"citation": ["GDPR Art. 28(3)"], "evidence": ["dpa-1"],
		}}},
	},
	"reason without reference": {
		"remove": ["/data/targets/vendor/dpa"],
		"expect": {"reasons": {{
			"code": "NO_DPA", "rule_id": "processor.dpa", "effect": "deny", "target": "vendor",
			"citation": ["GDPR Art. 28(3)"], "evidence": ["ev:vendor:dpa"],
		}}},
	},
}

test_cases if f.passing(cases) == object.keys(cases)
