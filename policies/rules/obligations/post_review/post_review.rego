package compliance.rules.obligations.post_review

import rego.v1

import data.compliance.lib.waivers

# METADATA
# scope: document
# title: Break-glass is reviewed
# description: |
#   A rule that was waived by break-glass is reviewed afterwards by somebody else.
# related_resources:
#   - ref: https://www.ecfr.gov/current/title-45/section-164.312
#     description: 45 CFR 164.312(a)(2)(ii)
# custom:
#   rule_id: obligations.post_review
#   obligations: [post_review]
obligation contains {
	"targets": waivers.opened,
	"do": {
		"id": "obligations.post_review",
		"type": "post_review",
		"on": "permit",
		"when": "after_response",
	},
} if {
	waivers.opened != set()
}
