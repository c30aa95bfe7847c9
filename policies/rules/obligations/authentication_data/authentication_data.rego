package compliance.rules.obligations.authentication_data

import rego.v1

import data.compliance.lib.operators

# METADATA
# scope: document
# title: Card authentication data reaches no model
# description: |
#   Logs and caches of a self-hosted model are storage after authorisation too.
# related_resources:
#   - ref: https://www.pcisecuritystandards.org/document_library/
#     description: PCI DSS 4.0.1 3.3.1
# custom:
#   rule_id: obligations.authentication_data
#   obligations: [redact]
obligation contains {
	"targets": operators.self_hosted,
	"do": {
		"id": "obligations.authentication_data",
		"type": "redact",
		"on": "permit",
		"when": "before_egress",
		"entities": operators.authentication,
		"method": "remove",
		"hl7": "REDACT",
	},
} if {
	operators.authentication != set()
}
