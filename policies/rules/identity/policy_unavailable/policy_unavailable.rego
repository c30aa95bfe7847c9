package compliance.rules.identity.policy_unavailable

import rego.v1

import data.compliance.lib.request

# METADATA
# scope: document
# title: Unusable documents
# description: |
#   An input or data document that the rules cannot rely on is refused: no decision, no traffic.
# custom:
#   rule_id: identity.policy_unavailable
#   codes: [POLICY_UNAVAILABLE]
gate contains {
	"code": "POLICY_UNAVAILABLE",
	"rule_id": "identity.policy_unavailable",
	"effect": "deny",
	"target": null,
	"citation": [],
	"evidence": [],
} if {
	not request.valid
}

gate contains {
	"code": "POLICY_UNAVAILABLE",
	"rule_id": "identity.policy_unavailable",
	"effect": "deny",
	"target": null,
	"citation": [],
	"evidence": [],
} if {
	not request.valid_data
}
