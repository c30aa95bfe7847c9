# METADATA
# title: Replies and cached answers
# description: The decision of the response phase and of the cache phase.
package compliance.lib.response

import rego.v1

import data.compliance.lib.denials
import data.compliance.lib.obligations
import data.compliance.lib.overlay
import data.compliance.lib.retention
import data.compliance.lib.waivers

# METADATA
# title: Decision on a reply
# description: Delivered, or delivered without the entities that must not be in it.
response_decision(head) := object.union(head, {
	"effect": "permit",
	"action": action,
	"selected_target": null,
	"targets": [{
		"target": input.candidates[0].target,
		"permit": true,
		"rank": 0,
		"denials": [],
		"obligations": duties,
		"transfers": [],
	}],
	"block_codes": [],
	"reasons": [],
	"http_status": 200,
})

# METADATA
# title: Refusals of a reply
# description: |
#   An obligation on the reply that the enforcement point cannot carry out (XACML 3.0 s. 7.18), and the organisation's own
#   denials of the target that answered, where nothing lifts them.
refusals contains {
	"code": "OBLIGATION_UNSUPPORTED",
	"rule_id": "response.obligation_unsupported",
	"effect": "deny",
	"target": null,
	"citation": ["XACML 3.0 s. 7.18"],
	"evidence": [concat(":", ["obligation", type])],
} if {
	overlay.obligations != set()
	some duty in duties
	type := duty.type
	not type in obligations.supported
}

refusals contains object.union(denial, {"target": null}) if {
	some denial in overlay.denials
	denial.target == answering
	not waivers.waived[denial.target][denial.code]
}

answering := input.candidates[0].target

duties := obligations.on_reply(answering, asked)

action := "redact_and_deliver" if {
	some duty in duties
	duty.type in {"redact", "deidentify", "pseudonymize", "generalize", "mask"}
}

else := "deliver"

redactions := [found.do |
	some name
	some found in data.compliance.rules.response[name].obligation
]

asked := array.concat(redactions, [
	{
		"id": "obligations.log",
		"type": "log",
		"on": "both",
		"when": "always",
		"params": {"level": "metadata"},
		"hl7": "AUDIT",
	},
	{
		"id": "obligations.retain",
		"type": "retain",
		"on": "both",
		"when": "always",
		"params": {"min_days": retention.min_days},
	},
])

# METADATA
# title: Decision on a cached answer
# description: Used, or bypassed; a bypass refuses nothing but the cached answer.
cache_decision(head) := object.union(head, {
	"effect": "deny",
	"action": "cache_bypass",
	"selected_target": null,
	"targets": [],
	"block_codes": sort({gate.code | some gate in barriers}),
	"reasons": barriers,
	"http_status": 200,
}) if {
	barriers != set()
}

else := object.union(head, {
	"effect": "permit",
	"action": "cache_hit",
	"selected_target": null,
	"targets": [],
	"block_codes": [],
	"reasons": [],
	"http_status": 200,
})

barriers := denials.refusals | rules

rules contains found if {
	some family in ["identity", "cache"]
	some name
	some found in data.compliance.rules[family][name].gate
}
