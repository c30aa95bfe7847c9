package compliance.lib.overlay_test

import rego.v1

import data.compliance.lib.fixtures_test as f

denying(answer) := {"house": {"deny": answer}}

obliging(answer) := {"house": {"oblige": answer}}

odd := {"action": "block", "codes": {"POLICY_UNAVAILABLE"}, "status": 503}

local := {"candidates": f.to(["local"])}

bare := {["log", {"level": "metadata"}], ["retain", {"min_days": 400}]}

cases := {
	"nothing to say": {"org": {"house": {"deny": set(), "oblige": set(), "prefer": set(), "waivable": set()}}, "expect": {"action": "redact_and_forward", "codes": set()}},
	"denial with everything": {
		"org": denying({{"code": "ORG_X", "target": "vendor", "rule_id": "house.x", "citation": ["Policy 7"], "evidence": ["e"], "message": "no"}}),
		"expect": {"denials": {"vendor": {"ORG_X"}}, "selected": "local", "reasons": {{"code": "ORG_X", "target": "vendor", "rule_id": "house.x", "effect": "deny", "citation": ["Policy 7"], "evidence": ["e"], "message": "no"}}},
	},
	"in a reply": {"input": {"phase": "response"}, "org": denying({{"code": "ORG_X"}}), "expect": {"action": "block", "codes": {"ORG_X"}, "status": 403}},
	"in a cache look-up": {"input": {"phase": "cache_lookup", "cache_entry": {"tenant": "acme", "region": "DE", "personal": false}}, "org": denying({{"code": "ORG_X"}}), "expect": {"action": "cache_bypass", "codes": {"ORG_X"}}},
	"a target's denial in a cache look-up": {"input": {"phase": "cache_lookup", "cache_entry": {"tenant": "acme", "region": "DE", "personal": false}}, "org": denying({{"code": "ORG_X", "target": "vendor"}}), "expect": {"action": "cache_hit"}},
	"denials are no set": {"org": denying([{"code": "ORG_X"}]), "expect": object.union(odd, {"codes": {"POLICY_UNAVAILABLE", "ORG_X"}})},
	"denials are a flag": {"org": denying(false), "expect": odd},
	"denials are null": {"org": denying(null), "expect": odd},
	"denial is text": {"org": denying({"no"}), "expect": odd},
	"denial without code": {"org": denying({{"target": "vendor"}}), "expect": odd},
	"code in small letters": {"org": denying({{"code": "no"}}), "expect": odd},
	"code is a number": {"org": denying({{"code": 7}}), "expect": odd},
	"target is a number": {"org": denying({{"code": "ORG_X", "target": 7}}), "expect": odd},
	"rule id is a number": {"org": denying({{"code": "ORG_X", "rule_id": 7}}), "expect": odd},
	"message is a list": {"org": denying({{"code": "ORG_X", "message": []}}), "expect": odd},
	"citation is text": {"org": denying({{"code": "ORG_X", "citation": "x"}}), "expect": odd},
	"evidence holds a number": {"org": denying({{"code": "ORG_X", "evidence": [7]}}), "expect": odd},
	"unknown field": {"org": denying({{"code": "ORG_X", "permit": true}}), "expect": odd},
	"named by the bundle, silent": {"data": {"bundle": {"org": ["house"]}}, "expect": object.union(odd, {"reasons": {{"code": "POLICY_UNAVAILABLE", "rule_id": "org.house", "effect": "deny", "target": null, "citation": [], "evidence": ["answer:nothing"]}}})},
	"named by the bundle, another verb": {"data": {"bundle": {"org": ["house"]}}, "org": {"house": {"prefer": set()}}, "expect": {"status": 200}},
	"named by the bundle, denies": {"data": {"bundle": {"org": ["house"]}}, "org": denying(set()), "expect": {"status": 200}},
	"obligation": {"input": local, "org": obliging({{"type": "notify", "params": {"to": "dpo"}, "when": "after_response", "rule_id": "house.tell"}}), "expect": {"duties": {"local": (bare | {["notify", {"to": "dpo"}]})}, "obligations": {
		{"id": "house.tell", "type": "notify", "on": "permit", "when": "after_response", "params": {"to": "dpo"}},
		{"id": "obligations.log", "type": "log", "on": "both", "when": "always", "params": {"level": "metadata"}, "hl7": "AUDIT"},
		{"id": "obligations.retain", "type": "retain", "on": "both", "when": "always", "params": {"min_days": 400}},
	}}},
	"obligation for another target": {"input": local, "org": obliging({{"type": "notify", "target": "vendor"}}), "expect": {"duties": {"local": bare}}},
	"obligation for this target": {"input": local, "org": obliging({{"type": "notify", "target": "local"}}), "expect": {"duties": {"local": (bare | {["notify", ""]})}}},
	"obligation that cannot be met": {"input": local, "org": obliging({{"type": "require_approval"}}), "expect": {"denials": {"local": {"OBLIGATION_UNSUPPORTED"}}, "reasons": {{"code": "OBLIGATION_UNSUPPORTED", "rule_id": "verdicts.obligation_unsupported", "effect": "deny", "target": "local", "citation": ["XACML 3.0 s. 7.18"], "evidence": {"obligation:require_approval"}}}}},
	"obligations are no set": {"org": obliging([{"type": "notify"}]), "expect": odd},
	"obligation type unheard of": {"org": obliging({{"type": "sing"}}), "expect": odd},
	"obligation is text": {"org": obliging({"notify"}), "expect": odd},
	"obligation target is a number": {"org": obliging({{"type": "notify", "target": 7}}), "expect": odd},
	"obligation rule id is a number": {"org": obliging({{"type": "notify", "rule_id": 7}}), "expect": odd},
	"obligation method is a number": {"org": obliging({{"type": "redact", "entities": ["PERSON"], "method": 7}}), "expect": odd},
	"obligation params are a list": {"org": obliging({{"type": "notify", "params": []}}), "expect": odd},
	"obligation moment unheard of": {"org": obliging({{"type": "notify", "when": "soon"}}), "expect": odd},
	"obligation with an unknown field": {"org": obliging({{"type": "notify", "on": "deny"}}), "expect": odd},
	"transform without entities": {"org": obliging({{"type": "redact"}}), "expect": odd},
	"transform of nothing": {"org": obliging({{"type": "mask", "entities": []}}), "expect": odd},
	"transform of a number": {"org": obliging({{"type": "redact", "entities": [7]}}), "expect": odd},
	"profile missing": {"org": obliging({{"type": "deidentify", "entities": ["PERSON"]}}), "expect": odd},
	"profile without entities": {"org": obliging({{"type": "deidentify", "profile": "p", "entities": []}}), "expect": odd},
	"retention without days": {"org": obliging({{"type": "retain"}}), "expect": odd},
	"retention in words": {"org": obliging({{"type": "retain", "params": {"min_days": "many"}}}), "expect": odd},
	"retention with a profile, without days": {"org": obliging({{"type": "retain", "entities": ["PERSON"], "profile": "p"}}), "expect": odd},
	"transform with days, without entities": {"org": obliging({{"type": "redact", "params": {"min_days": 1}}}), "expect": odd},
	"preference": {"org": {"house": {"prefer": {{"target": "local", "rank": 0}, {"target": "vendor", "rank": 5}}}}, "expect": {"selected": "local", "order": [["local", 0], ["vendor", 5]], "permitted": ["local", "vendor"]}},
	"two preferences": {"org": {"annex": {"prefer": {{"target": "vendor", "rank": 0}}}, "house": {"prefer": {{"target": "vendor", "rank": 9}}}}, "expect": {"selected": "local", "order": [["local", 1], ["vendor", 9]]}},
	"a preference permits nothing": {"remove": ["/data/targets/vendor/dpa"], "org": {"house": {"prefer": {{"target": "vendor", "rank": 0}}}}, "expect": {"selected": "local", "denials": {"vendor": {"NO_DPA"}}}},
	"preferences are no set": {"org": {"house": {"prefer": []}}, "expect": odd},
	"preference without rank": {"org": {"house": {"prefer": {{"target": "local"}}}}, "expect": odd},
	"preference without target": {"org": {"house": {"prefer": {{"rank": 1}}}}, "expect": odd},
	"preference for a number": {"org": {"house": {"prefer": {{"target": 7, "rank": 1}}}}, "expect": odd},
	"preference below zero": {"org": {"house": {"prefer": {{"target": "local", "rank": -1}}}}, "expect": odd},
	"preference between ranks": {"org": {"house": {"prefer": {{"target": "local", "rank": 0.5}}}}, "expect": odd},
	"preference in words": {"org": {"house": {"prefer": {{"target": "local", "rank": "first"}}}}, "expect": odd},
	"preference with an unknown field": {"org": {"house": {"prefer": {{"target": "local", "rank": 1, "permit": true}}}}, "expect": odd},
	"waivable is no set": {"org": {"house": {"waivable": []}}, "expect": odd},
	"waivable is a number": {"org": {"house": {"waivable": {7}}}, "expect": odd},
}

test_cases if f.passing(cases) == object.keys(cases)

test_odd_answers_are_not_taken_over if {
	house := {"deny": {"x"}, "oblige": {{"type": "sing"}, {"type": "redact"}}, "prefer": {{"target": "local"}, {"target": "vendor", "rank": -1}}, "waivable": {7, "TRANSFER_NO_BASIS"}}
	taken := [data.compliance.lib.overlay.denials, data.compliance.lib.overlay.obligations, data.compliance.lib.overlay.preferences] with data.org.house as house
	taken == [set(), set(), {}]
	codes := data.compliance.lib.overlay.waivable with data.org.house as house
	codes & {7, "TRANSFER_NO_BASIS"} == set()
}
