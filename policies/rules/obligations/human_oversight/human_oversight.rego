package compliance.rules.obligations.human_oversight

import rego.v1

import data.compliance.lib.operators
import data.compliance.lib.retention

# METADATA
# scope: document
# title: High-risk uses have a person in the loop
# description: |
#   Deployers of high-risk systems assign human oversight.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/art_26/oj
#     description: AI Act Art. 26(2)
# custom:
#   rule_id: obligations.human_oversight
#   obligations: [human_oversight]
obligation contains {
	"targets": operators.all,
	"do": {
		"id": "obligations.human_oversight",
		"type": "human_oversight",
		"on": "permit",
		"when": "always",
	},
} if {
	retention.high_risk
}
