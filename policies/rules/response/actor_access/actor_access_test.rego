package compliance.rules.response.actor_access_test

import rego.v1

import data.compliance.lib.fixtures_test as f

reply(country) := {"phase": "response", "actor": {"country": country}}

refused := {"action": "block", "codes": {"ACTOR_ACCESS_TRANSFER"}, "status": 403}

cases := {
	"third country": {"input": reply("IN"), "expect": object.union(refused, {"reasons": {{"code": "ACTOR_ACCESS_TRANSFER", "rule_id": "response.actor_access", "effect": "deny", "target": null, "citation": ["GDPR Art. 44"], "evidence": ["country:IN"]}}})},
	"nothing personal": {"input": object.union(reply("IN"), {"classification": {"entities": [], "categories": []}}), "expect": refused},
	"in the EEA": {"input": reply("FR"), "expect": {"action": "deliver", "codes": set()}},
	"adequate": {"input": reply("CH"), "expect": {"action": "deliver"}},
	"limited decision": {"input": reply("US"), "expect": refused},
	"intra-group": {"input": reply("IN"), "data": {"tenants": {"acme": {"intra_group": ["IN"]}}}, "expect": refused},
	"not known": {"input": {"phase": "response"}, "expect": {"action": "deliver"}},
	"tenant outside the EEA": {"input": object.union(reply("IN"), {"tenant": {"id": "shop"}}), "expect": {"action": "deliver"}},
	"declared establishment": {"input": object.union(reply("IN"), {"tenant": {"id": "shop", "establishments": ["FR"]}}), "expect": refused},
}

test_cases if f.passing(cases) == object.keys(cases)
