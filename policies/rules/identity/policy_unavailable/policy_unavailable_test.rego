package compliance.rules.identity.policy_unavailable_test

import rego.v1

import data.compliance.lib.fixtures_test as f

refused := {"action": "block", "effect": "deny", "status": 503, "codes": {"POLICY_UNAVAILABLE"}, "selected": null, "denials": {}}

cases := {
	"usable": {"expect": {"status": 200}},
	"null in the input": {"input": {"classification": {"labels": null}}, "expect": refused},
	"no data": {"remove": ["/data/revision"], "expect": refused},
	"reason": {"remove": ["/data/revision"], "expect": {"reasons": {{"code": "POLICY_UNAVAILABLE", "rule_id": "identity.policy_unavailable", "effect": "deny", "target": null, "citation": [], "evidence": []}}}},
	"reason of an odd input": {"remove": ["/input/phase"], "expect": {"reasons": {{"code": "POLICY_UNAVAILABLE", "rule_id": "identity.policy_unavailable", "effect": "deny", "target": null, "citation": [], "evidence": []}}}},
	"in every phase": {"input": {"phase": "cache_lookup", "classification": {"labels": null}}, "expect": refused},
}

test_cases if f.passing(cases) == object.keys(cases)
