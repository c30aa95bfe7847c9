package compliance.rules.obligations.residual_scan

import rego.v1

import data.compliance.lib.operators

# METADATA
# scope: document
# title: Transformed content is scanned again
# description: |
#   What was to be removed must not be there any more when the request leaves.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/art_25/oj
#     description: GDPR Art. 25(1)
#   - ref: https://www.ecfr.gov/current/title-45/section-164.514
#     description: 45 CFR 164.514(b)(2)(ii)
# custom:
#   rule_id: obligations.residual_scan
#   obligations: [residual_scan]
obligation contains {
	"targets": operators.transformed,
	"do": {
		"id": "obligations.residual_scan",
		"type": "residual_scan",
		"on": "permit",
		"when": "before_egress",
	},
}
