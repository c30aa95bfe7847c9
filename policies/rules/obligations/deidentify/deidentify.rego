package compliance.rules.obligations.deidentify

import rego.v1

import data.compliance.lib.operators

# METADATA
# scope: document
# title: Health information is de-identified
# description: |
#   A limited data set for research, or Safe Harbor where the tenant opted in and there is no agreement.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-45/section-164.514
#     description: 45 CFR 164.514
# custom:
#   rule_id: obligations.deidentify
#   obligations: [deidentify]
obligation contains {
	"targets": targets,
	"do": {
		"id": "obligations.deidentify",
		"type": "deidentify",
		"on": "permit",
		"when": "before_egress",
		"entities": operators.identifying,
		"profile": profile,
		"hl7": "DEID",
	},
} if {
	some profile, targets in operators.deidentified
}
